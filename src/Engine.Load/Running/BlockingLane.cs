using System.Diagnostics;
using Engine.Volumes;

namespace Engine.Load;

/// <summary>A lane that uses the volume's blocking calls on its own thread: queue depth 1.</summary>
internal sealed class BlockingLane(
    Volume volume, IRequestSource source, RunControl control, VerifiedImage? image, FaultReport faults, ulong seed)
    : Lane(volume, source, control, image, faults, seed)
{
    /// <summary>Runs until the source is empty or the job is stopped.</summary>
    public void Run()
    {
        long now = Stopwatch.GetTimestamp();
        while (!Control.IsOver(now) && Source.TryNext(out LoadRequest request))
        {
            if (request.DueAt > now)
            {
                Control.WaitUntil(request.DueAt);
                now = Stopwatch.GetTimestamp();
                if (Control.IsOver(now))
                    return;
            }

            while (!TryPrepare(ref request))
                Thread.Yield();

            // Without a model there is nothing to prepare: the end of one request is the start of the next, which saves a time
            // stamp (25 to 50 ns) beside hits of 100 ns. The drawing of the offset is then part of the latency, about 20 ns.
            if (Image is not null)
                now = Stopwatch.GetTimestamp();
            if (!TryExecute(request, now, out now))
                return;
        }
    }

    private bool TryExecute(in LoadRequest request, long startedAt, out long endedAt)
    {
        endedAt = startedAt;
        try
        {
            switch (request.Operation)
            {
                case LoadOperation.Read:
                    Volume.Read(request.Offset, MemoryOf(request).Span);
                    break;
                case LoadOperation.Write:
                    Volume.Write(request.Offset, MemoryOf(request).Span);
                    break;
                case LoadOperation.Flush:
                    Flush();
                    break;
                case LoadOperation.Discard:
                    Volume.DiscardAsync(request.Offset, request.Length).AsTask().GetAwaiter().GetResult();
                    break;
                default:
                    Volume.WriteZeroesAsync(request.Offset, request.Length).AsTask().GetAwaiter().GetResult();
                    break;
            }
        }
        catch (IOException error)
        {
            Fail(request, error);
            return false;
        }

        endedAt = Stopwatch.GetTimestamp();
        Succeed(request, startedAt, endedAt);
        return true;
    }

    private void Flush()
    {
        FlushTicket? ticket = Image?.BeginFlush();
        Volume.Flush();
        if (ticket is not null)
            Image!.EndFlush(ticket);
    }
}
