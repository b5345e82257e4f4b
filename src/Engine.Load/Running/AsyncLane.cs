using System.Diagnostics;
using Engine.Volumes;

namespace Engine.Load;

/// <summary>
/// A lane that uses the volume's asynchronous calls; a thread of a job at queue depth N has N of them. Where completions run
/// inline, the next request is submitted on the thread that completed the last one, which for a device is its owner thread.
/// </summary>
internal sealed class AsyncLane(
    Volume volume, IRequestSource source, RunControl control, VerifiedImage? image, FaultReport faults, ulong seed)
    : Lane(volume, source, control, image, faults, seed)
{
    /// <summary>Runs until the source is empty or the job is stopped.</summary>
    public async Task RunAsync()
    {
        while (!Control.IsOver(Stopwatch.GetTimestamp()) && Source.TryNext(out LoadRequest request))
        {
            while (!TryPrepare(ref request))
            {
                // The range is busy: leave this thread, which may be the one that completes what is in flight.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }

            long startedAt = Stopwatch.GetTimestamp();
            try
            {
                switch (request.Operation)
                {
                    case LoadOperation.Read:
                        await Volume.ReadAsync(request.Offset, MemoryOf(request)).ConfigureAwait(false);
                        break;
                    case LoadOperation.Write:
                        await Volume.WriteAsync(request.Offset, (ReadOnlyMemory<byte>)MemoryOf(request)).ConfigureAwait(false);
                        break;
                    case LoadOperation.Flush:
                        await FlushAsync().ConfigureAwait(false);
                        break;
                    case LoadOperation.Discard:
                        await Volume.DiscardAsync(request.Offset, request.Length).ConfigureAwait(false);
                        break;
                    default:
                        await Volume.WriteZeroesAsync(request.Offset, request.Length).ConfigureAwait(false);
                        break;
                }
            }
            catch (IOException error)
            {
                Fail(request, error);
                return;
            }

            Succeed(request, startedAt, Stopwatch.GetTimestamp());
        }
    }

    private async Task FlushAsync()
    {
        FlushTicket? ticket = Image?.BeginFlush();
        await Volume.FlushAsync().ConfigureAwait(false);
        if (ticket is null)
            return;

        // The record is synced by a blocking call: not on the thread that completes device requests.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Image!.EndFlush(ticket);
    }
}
