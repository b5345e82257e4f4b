// The stored start, and who may write.
//
// The start moves in memory at once and on the medium when that frees a segment: first the superblock is looked at, then both
// copies of the state are made durable, one after the other: written through, or flushed together with records. Only then
// may the freed segments be written again, so that either copy, alone, leads to records that are there.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <content>Trimming and fencing.</content>
public abstract partial class SegmentLog
{
    private readonly Queue<Waiter> _trims = new();

    /// <summary>The start in both copies of the state.</summary>
    private long _storedStart;
    private LogState? _storing;
    private bool _isStoring;

    /// <summary>The copy that is written and waits for a flush, and the one that the flush under way covers.</summary>
    private Step _writtenState;
    private Step _flushingState;

    /// <summary>The incarnation that <see cref="Fence"/> is writing.</summary>
    private ulong _raisedIncarnation;

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission)
    {
        lock (_gate)
        {
            IoError error = _error.Failed ? _error : position > _durable ? IoError.Invalid : IoError.None;
            if (error.IsNone)
                _start = Math.Max(_start, position);
            if (error.Failed || SegmentOf(_start) == SegmentOf(_storedStart))
            {
                FinishLocked(submission, IoResult.Fail(error));
            }
            else
            {
                _trims.Enqueue(new Waiter(_start, submission));
                if (!_isStoring && !_isProbing)
                    ProbeLocked(_durable);
            }
        }

        Work();
    }

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission)
    {
        IoError error;
        LogSuperblock next;
        lock (_gate)
        {
            error = _error.Failed ? _error : incarnation <= _superblock.Incarnation ? IoError.Stale : IoError.None;
            _raisedIncarnation = error.IsNone ? incarnation : 0;
            next = _superblock with { Incarnation = incarnation, Sequence = _superblock.Sequence + 1 };
        }

        if (error.IsNone)
            error = Raise(next);
        lock (_gate)
        {
            if (error.IsNone)
            {
                _superblock = next;
                next.Encode(_scratch.Bytes.Slice(ExpectedAt, LogLayout.BlockBytes));
            }
            else if (_raisedIncarnation != 0)
                FailLocked(error);
            _raisedIncarnation = 0;
            FinishLocked(submission, IoResult.Fail(error));
        }

        Work();
    }

    /// <summary>Writes the superblock on the owner's thread, unless another incarnation was there first.</summary>
    private IoError Raise(LogSuperblock next)
    {
        using LogHead head = LogHead.Read(_space);
        if (head.Problem != StoreProblem.None)
            return SuperblockPair.ErrorOf(head.Problem);
        bool isOurs = head.Superblock!.Uuid == next.Uuid && head.Superblock.Sequence < next.Sequence;
        return isOurs ? head.Write(next) : IoError.Stale;
    }

    /// <summary>After a look at the superblock: stores the start if somebody waits for that.</summary>
    private void StoreLocked()
    {
        if (_isStoring || _trims.Count == 0)
            return;
        _isStoring = true;
        _storing = NextState();
        _storing.Encode(_scratch.Bytes.Slice(LogLayout.BlockBytes, LogLayout.BlockBytes));
        WriteStateLocked(LogLayout.FirstState, Step.FirstState);
    }

    private LogState NextState() => _state with
    {
        Sequence = _state.Sequence + 1,
        Start = _start,
        Tail = _durable,
        TailIncarnation = _superblock.Incarnation,
        Jumps = [.. _state.Jumps.Where(jump => jump.Cut >= _start)],
    };

    private void WriteStateLocked(long offset, Step step)
    {
        bool fua = WritesThrough(_space.Header);
        RequestLocked(_space.Header, _scratch.WriteRequest(offset, LogLayout.BlockBytes, fua, (ulong)step, _commitSink));
    }

    private void StoredLocked(Step step, IoResult result)
    {
        if (!result.Failed && result.Bytes < LogLayout.BlockBytes)
            result = IoResult.Fail(IoError.Io);
        if (result.Failed)
            FailLocked(result.Error);
        if (_error.Failed)
        {
            _isStoring = false;
            return;
        }

        if (WritesThrough(_space.Header))
            StateStoredLocked(step);
        else
            _writtenState = step;
    }

    private void StateStoredLocked(Step step)
    {
        if (step == Step.FirstState)
        {
            WriteStateLocked(LogLayout.SecondState, Step.SecondState);
            return;
        }

        _isStoring = false;
        _state = _storing!;
        _storedStart = _state.Start;
        _effects.Enqueue(new Effect { Segment = SegmentOf(_storedStart) });
        while (_trims.TryPeek(out Waiter trim) && trim.Position <= _storedStart)
            FinishLocked(_trims.Dequeue().Submission, IoResult.Ok(0));
        if (_trims.Count > 0 && !_isProbing)
            ProbeLocked(_durable);
    }

    /// <summary>The last act of a log that ends well; a failure costs nothing but the time of the next open.</summary>
    private void StoreStateHere()
    {
        using LogHead head = LogHead.Read(_space);
        if (head.Problem == StoreProblem.None && head.Superblock == _superblock)
            head.Write(NextState());
    }
}
