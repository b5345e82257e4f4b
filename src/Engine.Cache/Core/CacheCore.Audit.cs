// The core's invariants as checks, its run lists and its statistics (specification 2.20, 2.22, 2.23).
using System.Text;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Fails on the first broken invariant; costs a walk over everything cached.</summary>
    public void Audit()
    {
        AuditTotals totals = new();
        long[] gauges = new long[Unit.Codes];
        foreach (ObjectSet? set in _sets)
        {
            if (set is not null)
                AuditSet(set, gauges, ref totals);
        }
        for (int code = 0; code < Unit.Codes; code++)
            Invariant.That(gauges[code] == _gauges[code], "a gauge equals the sum over the units");
        Invariant.That(totals.Unstable == _unstableBytes, "unstable bytes equal the sum over the units");
        Invariant.That(totals.Passing == _eviction.PassingCount, "who passes is on the queue for it");
        Invariant.That(totals.Blocks == _blocks.Count, "every block belongs to an object");
        Invariant.That(totals.Charged == _chargedBlocks, "charged blocks are those that are dirty or in flight");
        Invariant.That(totals.Failed == _failedBlocks, "a set that failed is charged apart");
        int questions = _questions.Values.Sum(static asked => asked.Count);
        Invariant.That(totals.Questions == questions, "an object knows what is asked about it");
        Invariant.That(totals.Evictable == _eviction.Count && totals.Age == _age.Count && totals.Retry == _retry.Count);
        Invariant.That(totals.UnstableBlocks == _unstableEven.Count + _unstableOdd.Count);
        Invariant.That(totals.Urgent == _urgent.Count && totals.Parked == _parkedAged);
        VerifyLists();
        AuditReaders();
    }

    /// <summary>Maximal runs of equal state of one object, for example <c>0~4K CLEAN,8K~4K DIRTY</c>; missing bytes are left
    /// out.</summary>
    public string Dump(ObjectSet set, long objectNumber)
    {
        int obj = FindObject(set, objectNumber);
        StringBuilder text = new();
        long from = 0;
        long start = 0;
        long end = 0;
        int code = 0;
        for (int block; obj != 0 && (block = NextBlock(obj, from, long.MaxValue)) != 0;)
        {
            from = _blocks[block].Number + 1;
            long origin = _blocks[block].Number << BlockShift;
            for (int at = 0; at < CacheSettings.BlockBytes;)
            {
                int next = NextRun(ref _blocks[block], at, CacheSettings.BlockBytes, out byte unit);
                if (Unit.Code(unit) != code || origin + at != end)
                {
                    AppendRun(text, start, end, code);
                    start = origin + at;
                    code = Unit.Code(unit);
                }
                end = origin + next;
                at = next;
            }
        }
        AppendRun(text, start, end, code);
        return text.ToString();
    }

    public CacheStatistics Statistics() => new()
    {
        CleanBytes = _gauges[Unit.Code(Unit.Clean)],
        ZeroBytes = _gauges[Unit.Code(Unit.Zero)],
        DirtyBytes = _gauges[Unit.Code(Unit.Dirty)],
        RxBytes = _gauges[Unit.Code(Unit.Rx)],
        TxBytes = _gauges[Unit.Code(Unit.Tx)],
        ErrorBytes = _gauges[Unit.Code(Unit.Error)],
        UnstableBytes = _unstableBytes,
        ChargedBytes = (long)_heldBuffers * CacheSettings.BlockBytes,
        DirtyWaitingBytes = _waitingBytes,
        DirtyWaiters = _blockedWrites.Count,
        ReadsOutstanding = _readsOutstanding,
        WritesOutstanding = _writesOutstanding,
        WritesThrough = IsWriteThrough,
        Objects = _objects.Count,
        Blocks = _blocks.Count,
        OpsHit = _counters.OpsHit,
        OpsMiss = _counters.OpsMiss,
        BytesHit = _counters.BytesHit,
        BytesMiss = _counters.BytesMiss,
        DataRead = _counters.DataRead,
        DataWritten = _counters.DataWritten,
        DataFlushed = _counters.DataFlushed,
        DataOverwrittenWhileFlushing = _counters.DataOverwrittenWhileFlushing,
        WriteOpsBlocked = _counters.WriteOpsBlocked,
        WriteBytesBlocked = _counters.WriteBytesBlocked,
        WriteTimeBlocked = TimeSpan.FromSeconds(_counters.WriteTicksBlocked / (double)_clock.TimestampFrequency),
        BackendReads = _counters.BackendReads,
        BackendReadBytes = _counters.BackendReadBytes,
        BackendWrites = _counters.BackendWrites,
        BackendFlushes = _counters.BackendFlushes,
        WritebackFailures = _counters.WritebackFailures,
        BackendFlushFailures = _counters.BackendFlushFailures,
        BytesGivenUp = _counters.BytesGivenUp,
        FailedSets = _sets.Count(static set => set is { Failure.Failed: true }),
        Evictions = _counters.Evictions,
        GhostHits = _counters.GhostHits,
        EvictionBytes = _eviction.Bytes,
        BytesCopiedInternally = _counters.BytesCopiedInternally,
        EventFailures = _counters.EventFailures,
    };

    public void CountEventFailure() => _counters.EventFailures++;

    private static void AppendRun(StringBuilder text, long start, long end, int code)
    {
        if (code == Unit.Missing || start == end)
            return;
        if (text.Length > 0)
            text.Append(',');
        text.Append(Size(start)).Append('~').Append(Size(end - start)).Append(' ').Append(Unit.Name((byte)code));
    }

    private static string Size(long bytes) => bytes switch
    {
        0 => "0",
        _ when bytes % (1 << 20) == 0 => $"{bytes >> 20}M",
        _ when bytes % 1024 == 0 => $"{bytes >> 10}K",
        _ => $"{bytes}",
    };

    private void AuditSet(ObjectSet set, long[] gauges, ref AuditTotals totals)
    {
        long dirty = 0;
        long rx = 0;
        int unstable = 0;
        for (int obj = set.FirstObject; obj != 0; obj = _objects[obj].NextInSet)
        {
            int blocks = 0;
            int charged = 0;
            long from = 0;
            for (int block; (block = NextBlock(obj, from, long.MaxValue)) != 0;)
            {
                from = _blocks[block].Number + 1;
                blocks++;
                ref CachedBlock b = ref _blocks[block];
                Invariant.That(b.Object == obj && FindBlock(obj, b.Number) == block);
                charged += b.Charged ? 1 : 0;
                unstable += (b.Lists & (BlockLists.UnstableEven | BlockLists.UnstableOdd)) != 0 ? 1 : 0;
                AuditBlock(block, gauges, ref totals, ref dirty, ref rx);
            }
            Invariant.That(blocks == _objects[obj].Blocks && charged == _objects[obj].ChargedBlocks);
            totals.Failed += set.Failure.Failed ? charged : 0;
            totals.Questions += _objects[obj].Questions;
        }
        Invariant.That(dirty == set.DirtyOrTxBytes && rx == set.RxBytes && unstable == set.UnstableBlocks);
    }

    private void AuditBlock(int block, long[] gauges, ref AuditTotals totals, ref long dirty, ref long rx)
    {
        ref CachedBlock b = ref _blocks[block];
        for (int at = 0; at < CacheSettings.BlockBytes;)
        {
            int next = NextRun(ref b, at, CacheSettings.BlockBytes, out byte unit);
            gauges[Unit.Code(unit)] += next - at;
            dirty += IsDirtyOrTx(Unit.Code(unit)) ? next - at : 0;
            rx += Unit.Code(unit) == Unit.Rx ? next - at : 0;
            totals.Unstable += (unit & Unit.Unstable) != 0 ? next - at : 0;
            Invariant.That((unit & Unit.Data) == 0 || !b.Buffer.IsNull, "data lies in memory");
            Invariant.That((unit & Unit.Unstable) == 0 || Unit.StateOf(unit) == Unit.Clean, "only clean bytes are unstable");
            Invariant.That((unit & Unit.Covered) == 0 || Unit.StateOf(unit) == Unit.Dirty, "only dirty bytes are covered");
            at = next;
        }
        AuditPieces(block);
        AuditZeroes(block);
        Summary s = Summarise(ref b);
        bool evictable = !b.Charged && !s.HasUnstable && b.FirstPiece == 0 && b.FirstWait == 0 && !s.IsEmpty && !s.HasDirty;
        Invariant.That(b.Charged == (s.HasDirty || s.HasInFlight));
        Invariant.That(evictable == ((b.Lists & BlockLists.Evictable) != 0), "the eviction lists hold what is evictable");
        Invariant.That(s.HasDirty == ((b.Lists & (BlockLists.Age | BlockLists.Retry)) != 0), "dirty blocks are aged");
        Invariant.That((b.Lists & BlockLists.Age) == 0 || !IsHeld(b.Object), "what is held is not written");
        Invariant.That((b.Lists & BlockLists.Retry) == 0 || IsHeld(b.Object), "what is not held is aged");
        Invariant.That(s.HasCovered || b.FirstCover == 0, "a cover has units to issue");
        totals.Add(b);
    }

    private void AuditPieces(int block)
    {
        Span<byte> expected = stackalloc byte[CacheSettings.BlockBytes];
        expected.Clear();
        for (int piece = _blocks[block].FirstPiece; piece != 0; piece = _pieces[piece].NextInBlock)
        {
            Piece p = _pieces[piece];
            Invariant.That(_ios[p.Io]!.Active && p.Block == block);
            AuditMemory(block, p);
            byte mark = p.IsWrite ? (byte)2 : (byte)1;
            foreach (ref byte at in expected[p.Start..p.End])
            {
                Invariant.That((at & mark) == 0, "at most one read fills, and one write carries, a byte");
                at |= mark;
            }
        }
        for (int at = 0; at < CacheSettings.BlockBytes;)
        {
            int next = NextRun(ref _blocks[block], at, CacheSettings.BlockBytes, out byte unit);
            byte marks = (byte)((Unit.StateOf(unit) == Unit.Rx ? 1 : 0) | ((unit & Unit.InFlight) != 0 ? 2 : 0));
            Invariant.That(expected[at..next].IndexOfAnyExcept(marks) < 0, "units agree with the I/O in flight");
            at = next;
        }
    }

    /// <summary>No read overwrites what the block already holds, waited for or forgotten.</summary>
    private void AuditMemory(int block, in Piece p)
    {
        if (p.IsWrite || p.Buffer != _blocks[block].Buffer)
            return;
        foreach (byte unit in UnitsIn(ref _blocks[block], p.IssuedStart, p.IssuedEnd))
            Invariant.That((unit & Unit.Data) == 0, "no read goes on where data lies");
    }

    private void AuditZeroes(int block)
    {
        int obj = _blocks[block].Object;
        long origin = _blocks[block].Number << BlockShift;
        foreach (ZeroedRange range in _zeroes)
        {
            if (!IsLost(range) || range.Set != SetOf(obj) || range.Number != _objects[obj].Number)
                continue;
            int start = (int)Math.Clamp(range.From - origin, 0, CacheSettings.BlockBytes);
            int end = (int)Math.Clamp(range.To - origin, 0, CacheSettings.BlockBytes);
            Invariant.That(start >= end || AllHave(ref _blocks[block], start, end, Unit.Readable), "lost zeroes are readable");
        }
    }

    private void AuditReaders()
    {
        foreach (ReadRequest? request in _readers)
        {
            if (request is null)
                continue;
            int unsatisfied = 0;
            bool moving = request.Queued || request.Restarting || _fencedReads.Contains(request);
            for (int wait = request.FirstWait; wait != 0; wait = _waits[wait].NextInRequest)
            {
                ref BlockWait w = ref _waits[wait];
                unsatisfied += w.Satisfied || w.Failed ? 0 : 1;
                Invariant.That(w.Satisfied == AllReadable(ref _blocks[w.Block], w.Start, w.End) || w.Failed);
                moving |= !w.Satisfied && _blocks[w.Block].FirstPiece != 0;
            }
            Invariant.That(unsatisfied == request.Unsatisfied);
            Invariant.That(unsatisfied > 0 && moving, "every waiting read waits for something that will happen");
        }
    }

    private void VerifyLists()
    {
        _eviction.Verify();
        _age.Verify();
        _retry.Verify();
        _unstableEven.Verify();
        _unstableOdd.Verify();
        _urgent.Verify();
    }

    private struct AuditTotals
    {
        public int Blocks;
        public int Charged;
        public int Failed;
        public int Questions;
        public int Evictable;
        public int Passing;
        public int Age;
        public int Retry;
        public int UnstableBlocks;
        public int Urgent;
        public int Parked;
        public long Unstable;

        public void Add(in CachedBlock b)
        {
            Blocks++;
            Charged += b.Charged ? 1 : 0;
            Evictable += (b.Lists & BlockLists.Evictable) != 0 ? 1 : 0;
            Passing += (b.Eviction & EvictionBits.Passing) != 0 ? 1 : 0;
            Age += (b.Lists & BlockLists.Age) != 0 ? 1 : 0;
            Retry += (b.Lists & BlockLists.Retry) != 0 ? 1 : 0;
            UnstableBlocks += (b.Lists & (BlockLists.UnstableEven | BlockLists.UnstableOdd)) != 0 ? 1 : 0;
            Urgent += (b.Lists & BlockLists.Urgent) != 0 ? 1 : 0;
            Parked += b.Parked && (b.Lists & BlockLists.Age) != 0 ? 1 : 0;
        }
    }
}
