// Picks what to write and when: covered blocks first, then by pressure and age (specification 2.9).
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Blocks looked at in one scheduling quantum (2.9).</summary>
    private const int QuantumBlocks = 64;

    private bool _kicked;

    /// <summary>Time stamp of the last look at the clock: late by less than a completion.</summary>
    private long _now;

    /// <summary>Parked blocks among those on the age list.</summary>
    private int _parkedAged;

    /// <summary>Time stamp that the timer is armed for, <c>long.MaxValue</c> when it is not. It may fire early, never late.
    /// </summary>
    public long ArmedAt { get; private set; } = long.MaxValue;

    /// <summary>Time stamp at which background writeback has something to do; <c>long.MaxValue</c> for never, or not before
    /// something ends.</summary>
    public long NextDue
    {
        get
        {
            if (!_started || !WindowOpen)
                return long.MaxValue;
            int oldest = _age.First;
            while (oldest != 0 && _blocks[oldest].Parked)
                oldest = _age.Next(oldest);
            long age = oldest == 0 ? long.MaxValue : _blocks[oldest].FirstDirty + _ageTicks;
            long retry = _held.TryPeek(out _, out long due) ? due : long.MaxValue;
            bool flushAgain = RetryingStoreFlush && (UnstableOpen.Count > 0 || _zeroesLost);
            return Math.Min(flushAgain ? _storeFlushRetryAt : long.MaxValue, Math.Min(age, retry));
        }
    }

    /// <summary>The turn of background work: writes what pressure or age asks for, a quantum at a time, and inserts the next part
    /// of a write that comes in parts.</summary>
    public void Pump()
    {
        _kicked = false;
        if (_started)
            PumpBackground();
        _takesNextPart = true;
        EndStep();
        _takesNextPart = false;
    }

    private void RequestTurn()
    {
        if (_kicked)
            return;
        _kicked = true;
        Emit(EffectKind.Kick, null);
    }

    private bool WindowOpen => _writesOutstanding < WritesMax && _fillsOutstanding < FillsMax;

    private int WritesMax => Math.Min(_settings.WritebackWindow, Math.Max(1, _capabilities.OperationsMax / 4));

    private int FillsMax => Math.Min(_settings.WritebackWindow, Math.Max(1, _capabilities.OperationsMax / 8));

    /// <summary>Dirty blocks that are not in flight in their newest version.</summary>
    private int DirtyBlocks => _age.Count + _retry.Count;

    /// <summary>Somebody waits for what only writeback frees, or there is more dirty data than background writeback
    /// leaves.</summary>
    private bool IsPressed =>
        _age.Count > _parkedAged
        && (_blockedWrites.First is { AwaitsTurn: false }
            || _memoryPressure
            || (long)(DirtyBlocks - _failedBlocks) * CacheSettings.BlockBytes > _settings.DirtyBytesTarget);

    private void RequestBackground()
    {
        if (!_started || _kicked)
            return;
        long due = NextDue;
        if (due == long.MaxValue)
            return;
        if (IsPressed || due <= _now)
        {
            RequestTurn();
        }
        else if (due < ArmedAt)
        {
            ArmedAt = due;
            Emit(EffectKind.Arm, null);
        }
    }

    /// <summary>The timer fired: it is armed no longer.</summary>
    public void TimerFired()
    {
        ArmedAt = long.MaxValue;
        Pump();
    }

    private void PumpBackground()
    {
        long now = _now = _clock.GetTimestamp();
        EndHolds();
        int looked = 0;
        int next;
        for (int block = _age.First; block != 0 && WindowOpen && looked < QuantumBlocks; block = next)
        {
            next = _age.Next(block);
            if (_blocks[block].Parked)
                continue;
            bool due = _blocks[block].FirstDirty + _ageTicks <= now;
            if (!due && !IsPressed)
                break;
            looked++;
            if (!IssueRun(block, coveredOnly: false))
                Park(block);
            else
                next = _age.First;
        }
    }

    private void PumpUrgent()
    {
        while (_urgent.First != 0 && WindowOpen)
        {
            int block = _urgent.First;
            if (!IssueRun(block, coveredOnly: true))
                Park(block);
        }
    }

    /// <summary>The block's dirty units wait for something in flight: it leaves the urgent list until that ended.</summary>
    private void Park(int block)
    {
        Invariant.That(!_blocks[block].Parked);
        _blocks[block].Parked = true;
        if ((_blocks[block].Lists & BlockLists.Age) != 0)
            _parkedAged++;
        Settle(block);
    }

    private void Unpark(int block)
    {
        if (!_blocks[block].Parked)
            return;
        _blocks[block].Parked = false;
        if ((_blocks[block].Lists & BlockLists.Age) != 0)
            _parkedAged--;
    }

    private void CompleteWrite(BackendIo io, IoResult result)
    {
        _writesOutstanding--;
        IoError error = result.Error;
        if (error.Failed)
            _counters.WritebackFailures++;
        bool stable = _capabilities.CommitIsDurable || io.Fua;
        if (error.Failed)
        {
            FailWaiters(io, error);
            DropFailedWriteThrough(io);
        }
        if (error.Failed && io.Fua && !_capabilities.CommitIsDurable)
            DoubtAfterFua();
        // What a store may have lost after it was done is written again, as if it had failed; nobody is told of an error.
        bool again = error.Failed || (io.Doubtful && !stable);
        _now = _clock.GetTimestamp();
        if (error.Failed && CarriesLiveBytes(io))
            NoteWriteFailure(io.Object, io.Offset, io.Length, error);
        else if (again && error.IsNone)
            Hold(io.Object, _retryTicks);
        else if (error.IsNone)
            NoteWriteSuccess(io);
        UnitChange change = again ? UnitChange.WriteFailed
            : stable ? UnitChange.CommittedStable : UnitChange.CommittedUnstable;
        int next;
        for (int piece = io.FirstPiece; piece != 0; piece = next)
        {
            Piece p = _pieces[piece];
            next = p.NextInIo;
            ref CachedBlock b = ref _blocks[p.Block];
            bool wasDirty = (b.Lists & (BlockLists.Age | BlockLists.Retry)) != 0;
            Change(p.Block, p.Start, p.End, change);
            if (again)
                b.FirstDirty = wasDirty ? Math.Min(b.FirstDirty, p.FirstDirty) : p.FirstDirty;
            if (again && error.IsNone)
                CoverAgain(io, p);
            if (change == UnitChange.CommittedUnstable && (b.Lists & UnstableFlushing) != 0)
                b.Lists |= BlockLists.UnstableAgain;
            RemovePiece(piece);
            Unpark(p.Block);
            WakeReads(p.Block);
            Settle(p.Block);
        }
        ReleaseData(io);
        SettleWaiters(io);
        ReturnIo(io);
    }

    /// <summary>Something of the write is still wanted: it was neither dropped nor the caller's own to know of.</summary>
    private bool CarriesLiveBytes(BackendIo io)
    {
        for (int piece = io.FirstPiece; piece != 0; piece = _pieces[piece].NextInIo)
        {
            if (HasLiveBytes(ref _blocks[_pieces[piece].Block], _pieces[piece].Start, _pieces[piece].End))
                return true;
        }
        return false;
    }

    /// <summary>A store that flushes for FUA writes may have lost then what a failed flush loses, and tells of it at the next
    /// flush. Blocks that are not flushed are in memory until then; of zeroes the store would show what was there
    /// before.</summary>
    private void DoubtAfterFua()
    {
        DoubtZeroes();
        LoseZeroes();
    }

    /// <summary>Flushes that wait for the write wait for its bytes to be written again, unless they are so no more.</summary>
    private void CoverAgain(BackendIo io, in Piece p)
    {
        IoError failure = SetOf(io.Object).Failure;
        foreach (Settlement settlement in io.Waiters)
        {
            if (settlement is not { Owner: FlushRequest, Error.IsNone: true })
                continue;
            if (failure.Failed)
                settlement.Error = failure;
            else
                CoverDirty(p.Block, p.Start, p.End, settlement, fua: false);
        }
    }
}
