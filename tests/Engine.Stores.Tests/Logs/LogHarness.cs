using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests.Logs;

/// <summary>Drives a log with byte arrays over a diagnostic pool; disposing it checks completions and memory.</summary>
internal sealed class LogHarness : IDisposable
{
    private readonly DiagnosticPool _pool;

    public LogHarness(int blocks = 512, int blockBytes = 4096) => _pool = new DiagnosticPool(blocks, blockBytes, stackEvery: 64);

    public BufferPool Pool => _pool.Pool;

    public CompletionLog Log { get; } = new();

    /// <summary>The payload of record <paramref name="seed"/>: found again from its first bytes.</summary>
    public static byte[] Payload(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)seed + 77).NextBytes(bytes);
        return bytes;
    }

    public long Append(ILog log, ReadOnlySpan<byte> bytes)
    {
        IoError error = TryAppend(log, bytes, out long position);
        Assert.Equal(IoError.None, error);
        return position;
    }

    public IoError TryAppend(ILog log, ReadOnlySpan<byte> bytes, out long position)
    {
        using BufferList list = BufferList.Rent(Pool);
        Assert.True(list.TryAppendCopy(bytes));
        return log.Append(list, out position);
    }

    public IoResult Flush(ILog log) => Run((in Submission submission) => log.Flush(submission));

    public IoResult Trim(ILog log, long position) => Run((in Submission submission) => log.Trim(position, submission));

    public IoResult Fence(ILog log, ulong incarnation) => Run((in Submission submission) => log.Fence(incarnation, submission));

    public Submission FlushLater(ILog log)
    {
        Submission submission = Log.Begin();
        log.Flush(submission);
        return submission;
    }

    /// <summary>Every durable record from the start, read in batches of about <paramref name="batchBytes"/>.</summary>
    public List<(long Position, byte[] Bytes)> ReadAll(ILog log, int batchBytes = 16384)
    {
        var records = new List<(long, byte[])>();
        using var batch = new LogBatch(Pool, batchBytes);
        long position = log.Start;
        while (true)
        {
            IoResult result = Read(log, position, batch);
            Assert.Equal(IoError.None, result.Error);
            Assert.Equal(batch.Payload.Length, result.Bytes);
            if (batch.Count == 0)
                return records;
            for (int index = 0; index < batch.Count; index++)
            {
                (long at, int offset, int length) = batch[index];
                byte[] bytes = new byte[length];
                batch.Payload.CopyTo(offset, bytes);
                records.Add((at, bytes));
            }

            position = batch.Next;
        }
    }

    public IoResult Read(ILog log, long position, LogBatch batch) =>
        Run((in Submission submission) => log.Read(position, batch, submission));

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
