using Engine.Buffers;

namespace Engine.Testing;

/// <summary>Diagnostic pools for whatever a test opens. Disposed after what uses them, it fails on leaks and misuse in any.
/// </summary>
public sealed class DiagnosticPools : IDisposable
{
    private const int StackEvery = 64;

    private readonly Lock _gate = new();
    private readonly List<DiagnosticPool> _pools = [];

    /// <summary>A new pool of blocks of 4096 bytes.</summary>
    public BufferPool Make(int blockCount)
    {
        DiagnosticPool pool = new(blockCount, stackEvery: StackEvery);
        lock (_gate)
            _pools.Add(pool);
        return pool.Pool;
    }

    /// <summary>Checks every pool and frees it; the first failure is thrown once all are freed.</summary>
    public void Dispose() => DisposeFrom(0);

    private void DisposeFrom(int index)
    {
        if (index == _pools.Count)
            return;
        try
        {
            _pools[index].Dispose();
        }
        finally
        {
            DisposeFrom(index + 1);
        }
    }
}
