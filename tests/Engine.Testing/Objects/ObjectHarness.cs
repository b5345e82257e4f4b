using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Objects;

/// <summary>Drives a backend of named objects that are replaced whole, with byte arrays; disposing it checks completions and
/// memory.</summary>
public sealed class ObjectHarness : IDisposable
{
    private const int ReadBytes = 1 << 20;

    private readonly IObjectBackend _backend;
    private readonly DiagnosticPool _pool = new(2048, stackEvery: 64);

    public ObjectHarness(IObjectBackend backend) => _backend = backend;

    public CompletionLog Log { get; } = new();

    public static ObjectTarget Target(string name) => new(new ObjectKey(0, "", "", name), 0);

    public IoResult Replace(string name, ReadOnlySpan<byte> bytes) => Replace(Target(name), bytes);

    public IoResult Replace(ObjectTarget target, ReadOnlySpan<byte> bytes)
    {
        (Submission submission, BufferList list) = BeginReplace(target, bytes);
        using (list)
            return Log.Wait(submission);
    }

    /// <summary>A write under way; the list is the caller's to dispose after its completion.</summary>
    public (Submission Submission, BufferList List) BeginReplace(ObjectTarget target, ReadOnlySpan<byte> bytes)
    {
        BufferList list = BufferList.Rent(_pool.Pool);
        if (!list.TryAppendCopy(bytes))
            throw new InvalidOperationException("the harness's pool is too small");
        Submission submission = Log.Begin();
        _backend.Write(new ObjectWrite(target, 0, bytes.Length) { Replaces = true }, list, submission);
        return (submission, list);
    }

    /// <summary>The whole object; fails with what the backend says.</summary>
    public byte[] Read(string name)
    {
        IoResult result = Read(Target(name), 0, ReadBytes, out byte[] bytes);
        return result.Failed ? throw new IOException($"read {name}: {result.Error}") : bytes[..(int)result.Bytes];
    }

    public IoResult Read(ObjectTarget target, long offset, int length, out byte[] bytes)
    {
        using BufferList list = BufferList.Rent(_pool.Pool);
        bytes = new byte[length];
        if (!list.TryAppendCopy(bytes))
            throw new InvalidOperationException("the harness's pool is too small");
        Submission submission = Log.Begin();
        _backend.Read(new ObjectRead(target, offset, length), list, submission);
        IoResult result = Log.Wait(submission);
        list.CopyTo(0, bytes);
        return result;
    }

    public IoResult Stat(string name) => Run((in Submission submission) => _backend.Stat(Target(name), submission));

    public IoResult Remove(string name) => Run((in Submission submission) => _backend.Remove(Target(name), submission));

    public IoResult Flush() => Run((in Submission submission) => _backend.Flush(submission));

    public (IoResult Result, List<string> Names) List(string prefix)
    {
        List<string> names = [];
        return (Run((in Submission submission) => _backend.List(prefix, names, submission)), names);
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
