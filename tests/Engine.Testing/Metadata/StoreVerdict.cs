using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Testing.Metadata;

/// <summary>The offline check over a log and a store, as <c>engine fs check</c> runs it.</summary>
public static class StoreVerdict
{
    private const int EventBytesMax = 2 << 20;

    /// <summary>What is wrong, a line each. Completions of the log come inside its calls.</summary>
    public static IReadOnlyList<string> Of(ILog log, IObjectBackend objects, long cacheBytesMax = 64 << 20)
    {
        using var check = new NamespaceCheck(objects, cacheBytesMax);
        using var pool = new BufferPool(new BufferPoolOptions { BlockCount = 4096 });
        using var batch = new LogBatch(pool, EventBytesMax);
        byte[] bytes = new byte[EventBytesMax];
        long position = log.Start;
        do
        {
            Sink sink = new();
            log.Read(position, batch, new Submission(sink, 0));
            Invariant.That(sink.Error == IoError.None, "the log can be read");
            for (int index = 0; index < batch.Count; index++)
            {
                (long at, int offset, int length) = batch[index];
                batch.Payload.CopyTo(offset, bytes.AsSpan(0, length));
                if (!check.TryReplay(bytes.AsSpan(0, length), at))
                    return [.. check.Problems];
            }

            position = batch.Next;
        }
        while (batch.Count > 0);
        check.Run();
        return [.. check.Problems];
    }

    private sealed class Sink : ICompletionSink
    {
        public IoError? Error { get; private set; }

        public void Complete(ulong token, IoResult result) => Error = result.Error;
    }
}
