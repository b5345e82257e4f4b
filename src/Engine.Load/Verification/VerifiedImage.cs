using Engine.Buffers;

namespace Engine.Load;

// Purpose: the model that verified jobs and replays check a volume against, and its side log: hands out generations, fills
// patterns, judges what reads return, and records flushes.
// Ownership: whoever opened it; shared by all threads of a run.
// Invariants: a write's record is in the side log before TryBeginWrite returns, that is before the volume sees the write; the
// side log is synced before EndFlush returns, that is before anyone is told that the flush succeeded; two writes of one sector
// are never in flight together, so generations reach a sector in rising order.

/// <summary>Generations and side log of one volume. Thread-safe.</summary>
public sealed class VerifiedImage : IDisposable
{
    private readonly Lock _lock = new();
    private readonly GenerationMap _map;
    private readonly SideLog _log;
    private readonly PatternIdentity _identity;
    private readonly List<uint> _inFlight = [];
    private readonly Stack<int> _freeSlots = [];
    private uint _newest;

    private VerifiedImage(PatternIdentity identity, GenerationMap map, SideLog log)
    {
        _identity = identity;
        _map = map;
        _log = log;
        _newest = map.NewestGeneration;
    }

    /// <summary>Sectors that can be verified; a last part of less than 512 bytes is left alone.</summary>
    public long SectorCount => _map.SectorCount;

    /// <summary>Bytes of the side log in use.</summary>
    public long LogBytes => _log.LengthBytes;

    /// <summary>
    /// Opens the model of a volume: continues the side log at <paramref name="logPath"/> when it is there and belongs to the
    /// volume, else begins a new one. The log of another volume, for example of one that was formatted anew, is replaced.
    /// </summary>
    /// <param name="logPath">The side log.</param>
    /// <param name="volume">Uuid of the volume.</param>
    /// <param name="volumeBytes">Length of the volume.</param>
    /// <param name="logLimitBytes">The log is rewritten when it outgrows this.</param>
    /// <exception cref="IOException">The log cannot be read or written, or the file is no side log or a damaged one.</exception>
    public static VerifiedImage Open(string logPath, Guid volume, long volumeBytes, long logLimitBytes = 64L << 20)
    {
        SideLogContent? content = File.Exists(logPath) ? SideLogContent.Load(logPath) : null;
        if (content is not null && (content.Identity.Volume != volume || content.VolumeBytes != volumeBytes))
            content = null;
        PatternIdentity identity = content?.Identity ?? PatternIdentity.New(volume);
        SideLog log = SideLog.Create(logPath, identity, volumeBytes, content, logLimitBytes);
        return new VerifiedImage(identity, content?.Map ?? new GenerationMap(volumeBytes), log);
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
        SectorPattern.Fill(destination, _identity, ticket.FirstSector, ticket.Generation);
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

    /// <summary>To be called after the volume's flush succeeded and before anyone is told: the side log is durable on
    /// return.</summary>
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

    /// <summary>Begins a discard or write-zeroes: the sectors' content is not known from now until the next write. False when one
    /// of them has a write in flight. Ended by <see cref="EndForget"/>.</summary>
    public bool TryBeginForget(long firstSector, int count)
    {
        lock (_lock)
        {
            if (_map.AnyBusy(firstSector, count))
                return false;
            _log.Append(new SideLogRecord(SideLogKind.Forgotten, firstSector, count, 0));
            _map.Forget(firstSector, count);
            _map.SetBusy(firstSector, count, busy: true);
            return true;
        }
    }

    /// <summary>Ends a discard or write-zeroes, however it ended.</summary>
    public void EndForget(long firstSector, int count)
    {
        lock (_lock)
            _map.SetBusy(firstSector, count, busy: false);
    }

    /// <summary>To be called before a read: notes, for each sector, what the read may return.</summary>
    public void BeginRead(long firstSector, Span<SectorExpectation> expected)
    {
        lock (_lock)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                long sector = firstSector + i;
                expected[i] = new SectorExpectation(_map.Settled(sector), _map.Submitted(sector), _map.IsBusy(sector));
            }
        }
    }

    /// <summary>
    /// Judges what a read returned: each sector holds a generation from the one noted by <see cref="BeginRead"/> to the newest
    /// one submitted by now, so a sector with a write in flight passes with either content. Such a sector may also be a mixture
    /// of both, which neither POSIX nor a device rules out; it counts neither as good nor as a fault.
    /// </summary>
    public void EndRead(long firstSector, ReadOnlySpan<byte> content, Span<SectorExpectation> expected, FaultReport report)
    {
        Invariant.That(content.Length == expected.Length * SectorPattern.SectorSize);
        lock (_lock)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                long sector = firstSector + i;
                SectorExpectation before = expected[i];
                uint newest = _map.Submitted(sector);
                uint oldest = _map.Settled(sector) == 0 ? 0 : before.Oldest;
                bool raced = before.Raced || newest != before.Newest || oldest != before.Oldest || _map.IsBusy(sector);
                expected[i] = new SectorExpectation(oldest, newest, raced);
            }
        }

        Judge(_identity, firstSector, content, expected, report);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _log.Dispose();
    }

    /// <summary>Judges consecutive sectors; sectors that were never written and hold nothing of this volume are not
    /// counted.</summary>
    internal static void Judge(
        in PatternIdentity identity, long firstSector, ReadOnlySpan<byte> content, ReadOnlySpan<SectorExpectation> expected,
        FaultReport report)
    {
        long good = 0;
        long absent = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            (uint oldest, uint newest, bool raced) = expected[i];
            ReadOnlySpan<byte> sector = content.Slice(i * SectorPattern.SectorSize, SectorPattern.SectorSize);
            SectorState state = SectorPattern.Judge(sector, identity, firstSector + i, oldest, newest);
            if (state == SectorState.Good)
                good += newest != 0 ? 1 : 0;
            else if (state == SectorState.Absent)
                absent++;
            else if (!raced || SectorPattern.TryRead(sector, out _))
                report.Add(new SectorFault(state, firstSector + i, oldest, newest, SectorPattern.Describe(sector, identity)));
        }

        report.AddGood(good);
        report.AddAbsent(absent);
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
