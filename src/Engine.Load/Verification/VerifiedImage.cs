using Engine.Buffers;

namespace Engine.Load;

// Purpose: the model that verified jobs and replays check a volume against, and its side log: hands out generations, fills patterns,
// judges what reads return, and records flushes.
// Ownership: whoever opened it; shared by all threads of a run.
// Invariants: a write's record is in the side log before TryBeginWrite returns, that is before the volume sees the write; the side log is
// synced before EndFlush returns, that is before anyone is told that the flush succeeded; two writes of one sector are never in flight
// together, so generations reach a sector in rising order.

/// <summary>Generations and side log of one volume. Thread-safe.</summary>
public sealed class VerifiedImage : IDisposable
{
    private readonly Lock _lock = new();
    private readonly GenerationMap _map;
    private readonly SideLog _log;
    private readonly Guid _volume;
    private readonly List<uint> _inFlight = [];
    private readonly Stack<int> _freeSlots = [];
    private uint _newest;

    private VerifiedImage(Guid volume, GenerationMap map, SideLog log)
    {
        _volume = volume;
        _map = map;
        _log = log;
        _newest = map.NewestGeneration;
    }

    /// <summary>Sectors that can be verified; a last part of less than 512 bytes is left alone.</summary>
    public long SectorCount => _map.SectorCount;

    /// <summary>Bytes of the side log in use.</summary>
    public long LogBytes => _log.LengthBytes;

    /// <summary>
    /// Opens the model of a volume: continues the side log at <paramref name="logPath"/> when it is there and belongs to the volume, else
    /// begins a new one. The log of another volume, for example of one that was formatted anew, is replaced.
    /// </summary>
    /// <param name="logPath">The side log.</param>
    /// <param name="volume">Uuid of the volume.</param>
    /// <param name="volumeBytes">Length of the volume.</param>
    /// <param name="logLimitBytes">The log is rewritten when it outgrows this.</param>
    /// <exception cref="IOException">The log cannot be read or written, or the file is no side log.</exception>
    public static VerifiedImage Open(string logPath, Guid volume, long volumeBytes, long logLimitBytes = 64L << 20)
    {
        SideLogContent? content = File.Exists(logPath) ? SideLogContent.Load(logPath) : null;
        if (content is not null && (content.Volume != volume || content.VolumeBytes != volumeBytes))
            content = null;
        SideLog log = SideLog.Create(logPath, volume, volumeBytes, content, logLimitBytes);
        return new VerifiedImage(volume, content?.Map ?? new GenerationMap(volumeBytes), log);
    }

    /// <summary>Begins a write of whole sectors: false when one of them has a write in flight.</summary>
    /// <exception cref="IOException">The side log cannot grow, or all 2^32 generations are used up.</exception>
    public bool TryBeginWrite(long firstSector, int count, out WriteTicket ticket)
    {
        Invariant.That(count > 0 && firstSector >= 0 && firstSector <= SectorCount - count);
        lock (_lock)
        {
            ticket = default;
            if (_map.AnyBusy(firstSector, count))
                return false;
            if (_newest == uint.MaxValue)
                throw new SideLogException("all generations of the volume are used up: format it anew");
            uint generation = _newest + 1;
            _log.Append(new SideLogRecord(SideLogKind.Submitted, firstSector, count, generation));
            _newest = generation;
            _map.Submit(firstSector, count, generation, busy: true);
            ticket = new WriteTicket(firstSector, count, generation, TakeSlotLocked(generation));
            return true;
        }
    }

    /// <summary>Fills the buffer of a write that has begun; its length is the ticket's sectors.</summary>
    public void Fill(in WriteTicket ticket, Span<byte> destination)
    {
        Invariant.That(destination.Length == ticket.Count * SectorPattern.SectorSize);
        SectorPattern.Fill(destination, _volume, ticket.FirstSector, ticket.Generation);
    }

    /// <summary>Ends a write. After a failure the sectors may hold either content until they are written again.</summary>
    public void EndWrite(in WriteTicket ticket, bool ok)
    {
        lock (_lock)
        {
            Invariant.That(_inFlight[ticket.Slot] == ticket.Generation);
            _map.Complete(ticket.FirstSector, ticket.Count, ticket.Generation, ok);
            if (!ok)
                _log.Append(new SideLogRecord(SideLogKind.Failed, 0, 0, ticket.Generation));
            _inFlight[ticket.Slot] = 0;
            _freeSlots.Push(ticket.Slot);
        }
    }

    /// <summary>To be called before the volume's flush: notes which writes it covers.</summary>
    public FlushTicket BeginFlush()
    {
        lock (_lock)
            return new FlushTicket(_newest, _inFlight.FindAll(generation => generation != 0));
    }

    /// <summary>To be called after the volume's flush succeeded and before anyone is told: the side log is durable on return.</summary>
    public void EndFlush(FlushTicket ticket)
    {
        lock (_lock)
        {
            foreach (uint generation in ticket.InFlight)
                _log.Append(new SideLogRecord(SideLogKind.InFlight, 0, 0, generation));
            _log.Append(new SideLogRecord(SideLogKind.Flushed, 0, ticket.InFlight.Count, ticket.Newest));
        }

        _log.Sync();
    }

    /// <summary>To be called before a discard or write-zeroes: the sectors' content is not known any more. False when one of them has a
    /// write in flight.</summary>
    public bool TryForget(long firstSector, int count)
    {
        lock (_lock)
        {
            if (_map.AnyBusy(firstSector, count))
                return false;
            _log.Append(new SideLogRecord(SideLogKind.Forgotten, firstSector, count, 0));
            _map.Forget(firstSector, count);
            return true;
        }
    }

    /// <summary>To be called before a read: notes, for each sector, the oldest generation that the read may return.</summary>
    public void BeginRead(long firstSector, Span<uint> oldest)
    {
        lock (_lock)
        {
            for (int i = 0; i < oldest.Length; i++)
                oldest[i] = _map.Settled(firstSector + i);
        }
    }

    /// <summary>
    /// Judges what a read returned: each sector holds a generation from the one noted by <see cref="BeginRead"/> to the newest one
    /// submitted by now, so a sector with a write in flight passes with either content.
    /// </summary>
    public void EndRead(long firstSector, ReadOnlySpan<byte> content, Span<uint> oldest, Span<uint> newest, FaultReport report)
    {
        Invariant.That(content.Length == oldest.Length * SectorPattern.SectorSize && newest.Length == oldest.Length);
        lock (_lock)
        {
            for (int i = 0; i < newest.Length; i++)
            {
                newest[i] = _map.Submitted(firstSector + i);
                if (_map.Settled(firstSector + i) == 0)
                    oldest[i] = 0;
            }
        }

        Judge(_volume, firstSector, content, oldest, newest, report);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _log.Dispose();
    }

    /// <summary>Judges consecutive sectors; sectors that were never written and hold nothing of this volume are not counted.</summary>
    internal static void Judge(
        Guid volume, long firstSector, ReadOnlySpan<byte> content, ReadOnlySpan<uint> oldest, ReadOnlySpan<uint> newest, FaultReport report)
    {
        long good = 0;
        for (int i = 0; i < oldest.Length; i++)
        {
            ReadOnlySpan<byte> sector = content.Slice(i * SectorPattern.SectorSize, SectorPattern.SectorSize);
            SectorState state = SectorPattern.Judge(sector, volume, firstSector + i, oldest[i], newest[i]);
            if (state != SectorState.Good)
                report.Add(new SectorFault(state, firstSector + i, oldest[i], newest[i], SectorPattern.Describe(sector, volume)));
            else if (newest[i] != 0)
                good++;
        }

        report.AddGood(good);
    }

    private int TakeSlotLocked(uint generation)
    {
        if (_freeSlots.TryPop(out int slot))
        {
            _inFlight[slot] = generation;
            return slot;
        }

        _inFlight.Add(generation);
        return _inFlight.Count - 1;
    }
}
