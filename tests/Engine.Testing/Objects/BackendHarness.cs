using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Objects;

/// <summary>Drives an object backend with plain byte arrays: each call submits, waits and returns the result. Disposing it
/// checks that every submission completed exactly once and that no block is still in flight.</summary>
public sealed class BackendHarness : IDisposable
{
    private readonly IObjectBackend _backend;
    private readonly string _prefix;
    private readonly DiagnosticPool _pool;

    public BackendHarness(IObjectBackend backend, string prefix, int blocks = 4096)
    {
        _backend = backend;
        _prefix = prefix;
        _pool = new DiagnosticPool(blocks, stackEvery: 64);
    }

    public BufferPool Pool => _pool.Pool;

    public CompletionLog Log { get; } = new();

    /// <summary>Submit reads and writes as a thread that blocks on them.</summary>
    public bool CallerWaits { get; set; }

    /// <summary>An object by number; negative numbers, which have no name, share one.</summary>
    public ObjectTarget Target(long number) =>
        new(new ObjectKey(0, "", "", number < 0 ? _prefix : Striper.ObjectName(_prefix, number)), number);

    public IoResult Write(long number, long offset, ReadOnlySpan<byte> bytes, bool fua = false)
    {
        using BufferList list = ListOf(bytes);
        return Write(number, offset, list, fua);
    }

    public IoResult Write(long number, long offset, BufferList list, bool fua = false)
    {
        Submission submission = Log.Begin();
        _backend.Write(
            new ObjectWrite(Target(number), offset, (int)list.Length) { CallerWaits = CallerWaits, Fua = fua }, list, submission);
        return Log.Wait(submission);
    }

    public IoResult Read(long number, long offset, Span<byte> destination)
    {
        using BufferList list = ListOf(destination);
        Submission submission = Log.Begin();
        _backend.Read(
            new ObjectRead(Target(number), offset, destination.Length) { CallerWaits = CallerWaits }, list, submission);
        IoResult result = Log.Wait(submission);
        list.CopyTo(0, destination);
        return result;
    }

    /// <summary>The bytes as the contract has them: absent objects and short tails are zeros; any other error fails.</summary>
    public byte[] ReadBytes(long number, long offset, int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, (byte)0xee);
        IoResult result = Read(number, offset, bytes);
        if (result.Failed && result.Error != IoError.NoEntry)
            throw new IOException($"read {number}:{offset}~{length}: {result.Error}");
        bytes.AsSpan((int)result.Bytes).Clear();
        return bytes;
    }

    public IoResult Flush() => Run((in Submission submission) => _backend.Flush(submission));

    public IoResult Discard(long number, long offset, long length) =>
        Run((in Submission submission) => _backend.Discard(new ObjectRange(Target(number), offset, length), submission));

    public IoResult WriteZeroes(long number, long offset, long length) =>
        Run((in Submission submission) => _backend.WriteZeroes(new ObjectRange(Target(number), offset, length), submission));

    public IoResult Truncate(long number, long size) =>
        Run((in Submission submission) => _backend.Truncate(Target(number), size, submission));

    public IoResult Remove(long number) => Run((in Submission submission) => _backend.Remove(Target(number), submission));

    public IoResult Stat(long number) => Run((in Submission submission) => _backend.Stat(Target(number), submission));

    public (IoResult Result, List<string> Names) List(string prefix)
    {
        List<string> names = [];
        return (Run((in Submission submission) => _backend.List(prefix, names, submission)), names);
    }

    /// <summary>A list over new blocks with a copy of the bytes; the caller disposes it.</summary>
    public BufferList ListOf(ReadOnlySpan<byte> bytes)
    {
        BufferList list = BufferList.Rent(Pool);
        if (!list.TryAppendCopy(bytes))
            throw new InvalidOperationException("the harness's pool is too small");
        return list;
    }

    public void Dispose()
    {
        Log.Verify();
        _pool.Dispose();
    }

    private IoResult Run(Submit submit)
    {
        Submission submission = Log.Begin();
        submit(submission);
        return Log.Wait(submission);
    }

    private delegate void Submit(in Submission submission);
}
