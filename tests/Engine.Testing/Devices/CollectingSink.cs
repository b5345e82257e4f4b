using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>A device sink that keeps every completion in the order of arrival and lets a test wait for them.</summary>
public sealed class CollectingSink : IDeviceSink
{
    // A test that waits this long has hung; the machine may be slow, so it is generous.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<(ulong Token, IoResult Result)> _completions = [];

    /// <summary>Runs inside each completion, on the thread that delivers it.</summary>
    public Action<ulong, IoResult>? OnComplete { get; set; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _completions.Count;
        }
    }

    /// <summary>All completions so far, oldest first.</summary>
    public IReadOnlyList<(ulong Token, IoResult Result)> Completions
    {
        get
        {
            lock (_gate)
                return [.. _completions];
        }
    }

    public void Complete(ulong token, IoResult result)
    {
        OnComplete?.Invoke(token, result);
        lock (_gate)
        {
            _completions.Add((token, result));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until <paramref name="count"/> completions have come.</summary>
    public void WaitFor(int count)
    {
        lock (_gate)
        {
            while (_completions.Count < count)
            {
                if (!Monitor.Wait(_gate, s_patience))
                    throw new TimeoutException($"{_completions.Count} of {count} completions came");
            }
        }
    }

    /// <summary>The single result of a token; fails when it completed never or twice.</summary>
    public IoResult ResultOf(ulong token) => Completions.Single(c => c.Token == token).Result;

    public void Clear()
    {
        lock (_gate)
            _completions.Clear();
    }
}
