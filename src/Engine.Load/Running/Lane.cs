using System.Diagnostics;
using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Load;

// Purpose: one request at a time of a load: takes it from the source, prepares it (pattern, model), does it, judges and counts
// it.
// Ownership: one LoadRunner; used by one thread of control at a time. The counters are read by the progress report while the lane
// runs.
// Invariants: a verified write has begun in the model before the volume sees it and ends exactly once; a flush is counted only
// after the model has made its record durable. Steady state allocates nothing.

/// <summary>A lane of a load: at most one request in flight.</summary>
internal abstract class Lane
{
    private const int RedrawsMax = 64;

    private static readonly double s_nsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly Memory<byte> _memory;
    private readonly SectorExpectation[] _expected;
    private WriteTicket _ticket;
    private long _requests;
    private long _bytes;

    protected Lane(Volume volume, IRequestSource source, RunControl control, VerifiedImage? image, FaultReport faults, ulong seed)
    {
        Volume = volume;
        Source = source;
        Control = control;
        Image = image;
        Faults = faults;
        _memory = LaneBuffer.Create(source.LengthMax, new SeededRandom(seed));
        int sectors = image is null ? 0 : source.LengthMax / SectorPattern.SectorSize;
        _expected = new SectorExpectation[sectors];
    }

    /// <summary>Completion latency of reads.</summary>
    public LatencyHistogram ReadLatency { get; } = new();

    /// <summary>Completion latency of writes.</summary>
    public LatencyHistogram WriteLatency { get; } = new();

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public long Flushes { get; private set; }

    /// <summary>Reads and writes so far; any thread.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Bytes moved so far; any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    protected Volume Volume { get; }

    protected IRequestSource Source { get; }

    protected RunControl Control { get; }

    protected VerifiedImage? Image { get; }

    protected FaultReport Faults { get; }

    protected Memory<byte> MemoryOf(in LoadRequest request) => _memory[..request.Length];

    /// <summary>Makes a request ready; false when its range stays busy, to be tried again later.</summary>
    protected bool TryPrepare(ref LoadRequest request)
    {
        if (Image is null)
            return true;
        switch (request.Operation)
        {
            case LoadOperation.Read:
                Image.BeginRead(request.FirstSector, _expected.AsSpan(0, request.SectorCount));
                return true;
            case LoadOperation.Write:
                for (int redraws = 0; !Image.TryBeginWrite(request.FirstSector, request.SectorCount, out _ticket); redraws++)
                {
                    if (!Source.CanRedraw || redraws == RedrawsMax)
                        return false;
                    Source.Redraw(ref request);
                }

                Image.Fill(_ticket, _memory.Span[..request.Length]);
                return true;
            case LoadOperation.Discard or LoadOperation.WriteZeroes:
                return Image.TryBeginForget(request.FirstSector, request.SectorCount);
            default:
                return true;
        }
    }

    /// <summary>Counts and judges a request that ended well.</summary>
    protected void Succeed(in LoadRequest request, long startedAt, long endedAt)
    {
        long elapsedNs = (long)((endedAt - startedAt) * s_nsPerTick);
        switch (request.Operation)
        {
            case LoadOperation.Read:
                ReadLatency.Record(elapsedNs);
                BytesRead += request.Length;
                Image?.EndRead(
                    request.FirstSector, _memory.Span[..request.Length], _expected.AsSpan(0, request.SectorCount), Faults);
                break;
            case LoadOperation.Write:
                WriteLatency.Record(elapsedNs);
                BytesWritten += request.Length;
                Image?.EndWrite(_ticket, ok: true);
                break;
            case LoadOperation.Flush:
                Flushes++;
                return;
            default:
                Image?.EndForget(request.FirstSector, request.SectorCount);
                break;
        }

        Volatile.Write(ref _requests, _requests + 1);
        Volatile.Write(ref _bytes, _bytes + request.Length);
    }

    /// <summary>Notes a request that failed; the job stops.</summary>
    protected void Fail(in LoadRequest request, IOException error)
    {
        if (request.Operation == LoadOperation.Write)
            Image?.EndWrite(_ticket, ok: false);
        else if (request.Operation is LoadOperation.Discard or LoadOperation.WriteZeroes)
            Image?.EndForget(request.FirstSector, request.SectorCount);
        Control.Fail($"{request.Operation.ToString().ToLowerInvariant()} of {request.Length} bytes at {request.Offset}: "
            + $"{error.Message}");
    }
}
