// Dirfrags into the store, so that segments of the journal can go.
//
// Ownership: belongs to the rank's one logical thread. A write refers to the dirfrag's own pages until it is over: who
// changes one of them meanwhile changes a clone.
// Invariants: a dirfrag is committed only with content whose event is durable; a segment goes only when nothing hangs
// on it, the objects of dirfrags removed in it are gone, and what was written is durable in the store. A failed write
// leaves everything as it was and is tried again after a pause: LastError says so meanwhile.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Commits dirty dirfrags, oldest segment first.</summary>
internal sealed class Writeback : IDisposable
{
    private const int CommitsMax = 32;
    private const long RetryMicros = 1_000_000;

    private readonly RankOptions _options;
    private readonly IRankEnvironment _environment;
    private readonly RankEffects _effects;
    private readonly PendingTable _pending;
    private readonly MetadataCache _cache;
    private readonly Journal _journal;
    private readonly NamespaceServer _server;
    private readonly HashSet<Dir> _waiting = [];
    private readonly List<JournalSegment> _together = [];

    /// <summary>Dirfrags that wait for room in the journal before they can be folded.</summary>
    private readonly List<Dir> _unfolded = [];

    /// <summary>The segment of which nothing can be committed before something changes, how many dirfrags hung on it, and the
    /// number of changes then.</summary>
    private (int Segment, int Dirs, long Changes) _stuck = (-1, 0, 0);
    private long _changes;
    private int _underWay;
    private bool _flushing;
    private bool _hasUnflushed;
    private bool _hasCommitted;
    private long _pausedUntil;

    public Writeback(
        RankOptions options,
        IRankEnvironment environment,
        RankEffects effects,
        PendingTable pending,
        MetadataCache cache,
        Journal journal,
        NamespaceServer server)
    {
        _options = options;
        _environment = environment;
        _effects = effects;
        _pending = pending;
        _cache = cache;
        _journal = journal;
        _server = server;
    }

    /// <summary>Why writes to the store fail; none while they do not.</summary>
    public IoError LastError { get; private set; }

    /// <summary>The store takes nothing: clients' changes are refused until a write that is tried again succeeds.</summary>
    public bool IsReadOnly => LastError == IoError.ReadOnly;

    /// <summary>Everything is to be written back: all segments but an empty one.</summary>
    public bool IsDraining { get; set; }

    /// <summary>The life ends in order: the next one, or who only looks, is to find nothing in the journal that has to be done
    /// again.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Nothing is dirty, nothing under way, and one segment is left; at the end of a life one without changes, where
    /// there is room for it.</summary>
    public bool IsDrained =>
        _underWay == 0 && !_flushing && !_hasUnflushed && _cache.DirtyDirCount == 0 && _journal.SegmentCount == 1
        && !(IsEnding && (_journal.IsTrimming || (_journal.Current.HasChanges && HasRoomToEnd)));

    /// <summary>What was written back is durable in the store: another rank may rely on it.</summary>
    public bool IsFlushed => _underWay == 0 && !_flushing && !_hasUnflushed;

    /// <summary>Dirfrags that were looked at, to be committed.</summary>
    public long DirsTried { get; private set; }

    /// <summary>Something is under way in the store.</summary>
    public bool IsBusy => _underWay > 0 || _flushing;

    private bool HasRoomToEnd => _journal.Ask(0) is JournalRoom.Open or JournalRoom.Flushing;

    private bool MustExpire =>
        IsDraining || IsReadOnly || _journal.SegmentCount > _options.SegmentsMax || _journal.WantsRoom || _journal.IsLong;

    /// <summary>Goes on where it can; called at the end of a step.</summary>
    public void Pump()
    {
        _server.TellOpened();
        if (_unfolded.Count > 0 && !_journal.IsFull)
            FoldAgain();
        Expire();
        if (_hasCommitted && _journal.WantsMemory)
            _server.MakeRoom(forChange: true);
        if (_hasCommitted && !_options.IsView)
            _server.LimitToCache();
        _hasCommitted = false;
        // With nothing left to write nothing can tell that the store is writable again, but the next change.
        if (IsReadOnly && IsDrained)
            LastError = IoError.None;
        _server.NoteReadOnly(IsReadOnly);
        _journal.StoreError = LastError.IsNone && _journal.IsStuck ? IoError.Io : LastError;
        _journal.CanFree = !_options.IsView && LastError.IsNone && !_journal.IsStuck && !_journal.HasStalled
            && (_journal.SegmentCount > 1 || _journal.Current.HasChanges || _journal.IsTrimming || _underWay > 0);
        _journal.WantsMemory &= (_journal.CanFree || LastError.Failed) && !_cache.HasRoomForChange;
        _journal.WakeForRoom();
    }

    private void Expire()
    {
        if (_options.IsView || _journal.Failure.Failed || _environment.NowMicros < _pausedUntil)
            return;
        bool isToGo = _journal.WantsRoom || IsReadOnly
            || (_cache.DirtyDirCount == 0 && HasRoomToEnd && (IsEnding || (IsDraining && _journal.SegmentCount > 1)));
        bool mustBegin = isToGo && _journal.Current.HasChanges && _journal.OldestThrough == _journal.Segment;
        if (mustBegin && _server.HasRoomForEvent)
            _journal.BeginSegment();
        while (_journal.SegmentCount > 1 && MustExpire)
        {
            if (!TryFinishOldest() || !_journal.CanDropOldest)
                break;
            _journal.DropOldest();
        }

        if (!IsDraining)
            return;
        CommitSegment(_journal.Segment);
        if (_cache.DirtyDirCount == 0 && _underWay == 0)
            FlushStore();
    }

    public void Dispose() => _waiting.Clear();

    /// <summary>Writes a dirfrag that its caller keeps frozen, and whose last event is durable; who waits for
    /// <see cref="WaitMask.Committed"/> learns the end, good or bad.</summary>
    /// <param name="dir">The dirfrag.</param>
    /// <param name="failed">Told before that why it was bad.</param>
    /// <returns>False when there is no memory now.</returns>
    public bool TryCommitFrozen(Dir dir, Action<IoError> failed)
    {
        Invariant.That(dir.Has(DirState.FrozenDir) && dir.ChangedAt <= _journal.DurableSeq);
        return TryWrite(dir, failed);
    }

    /// <summary>Does what is left to do for the oldest segment and those that go with it; true when nothing is.</summary>
    private bool TryFinishOldest()
    {
        _together.Clear();
        _journal.ListOldest(_together);
        bool isDone = true;
        foreach (JournalSegment segment in _together)
        {
            if (segment == _journal.Current)
                isDone = false;
            else
                isDone &= TryFinish(segment);
        }

        return isDone;
    }

    /// <summary>Does what is left to do for the segment; true when nothing is.</summary>
    private bool TryFinish(JournalSegment segment)
    {
        CommitSegment(segment.Id);
        if (_cache.DirtyDirsOf(segment.Id) > 0 || segment.Writes > 0 || segment.Pins > 0)
            return false;
        foreach (DirFrag dir in segment.Removals)
        {
            if (_cache.FindDir(dir) is not null)
                continue;
            segment.Writes++;
            _underWay++;
            _effects.RemoveObject(DirObjects.TargetOf(dir), _pending.ForObject(new RemoveIo(this, segment, dir)));
        }

        segment.Removals.Clear();
        if (segment.Writes > 0 || !_server.TryTellAgain(segment))
            return false;
        FlushStore();
        return !_flushing;
    }

    /// <summary>Makes durable what was written, where completion alone does not mean that.</summary>
    private void FlushStore()
    {
        if (_flushing || !_hasUnflushed)
            return;
        _flushing = true;
        _hasUnflushed = false;
        _effects.FlushObjects(_pending.ForObject(new FlushIo(this)));
    }

    private void CommitSegment(int segment)
    {
        // While the journal takes nothing there are many steps, and each of these dirfrags waits for one thing or another.
        if (_stuck == (segment, _cache.DirtyDirsOf(segment), _changes))
            return;
        bool areParked = true;
        // The newest first: a directory comes after the one above it, whose sums the commit changes, and which is written once.
        Dir? dir = _cache.LastDirtyDir(segment);
        for (Dir? next; dir is not null && _underWay < CommitsMax; dir = next)
        {
            next = MetadataCache.PreviousDirtyDir(dir);
            DirsTried++;
            if (!dir.Has(DirState.Committing) && !_waiting.Contains(dir))
                Commit(dir);
            areParked &= _waiting.Contains(dir);
        }

        // All of them, and none that was not looked at.
        if (areParked && dir is null && _unfolded.Count > 0)
            _stuck = (segment, _cache.DirtyDirsOf(segment), _changes);
    }

    /// <summary>There is room in the journal again.</summary>
    private void FoldAgain()
    {
        foreach (Dir dir in _unfolded)
            Unpark(dir);
        _unfolded.Clear();
    }

    private void Commit(Dir dir)
    {
        // What the dirfrag counts goes into the one above, whose own count has to be known for that.
        Dir? missing = !dir.IsComplete ? dir : _cache.ParentOf(dir) is { IsComplete: false, IsAuth: true } parent ? parent : null;
        if (missing is not null)
        {
            Park(dir);
            if (_server.Fetch(new Retry(this, dir), missing, out IoError error) == Progress.Done)
                Fail(dir, error);
            return;
        }

        // What folds changes the directory's entry above as well.
        Dir? frozen = _cache.IsFrozen(dir) ? dir
            : _cache.ParentOf(dir) is { IsAuth: true } above && _cache.IsFrozen(above) ? above : null;
        if (frozen is not null)
        {
            Park(dir);
            _cache.Wait(frozen, WaitMask.Unfreeze, new Retry(this, dir));
            return;
        }

        IoError folded = _server.Fold(dir);
        if (folded == IoError.NoSpace)
            Fail(dir, folded);
        if (folded == IoError.Again && _journal.IsFull)
        {
            Park(dir);
            _unfolded.Add(dir);
        }

        if (folded.Failed)
            return;
        if (dir.ChangedAt > _journal.DurableSeq)
        {
            Park(dir);
            _journal.WhenDurable(dir.ChangedAt, new Retry(this, dir));
            return;
        }

        TryWrite(dir);
    }

    private bool TryWrite(Dir dir, Action<IoError>? failed = null)
    {
        // Without memory for clones: other commits under way give theirs back.
        if (!dir.Pages.TrySeal())
            return false;
        BufferList bytes = dir.Pages.Share();
        _cache.BeginCommit(dir);
        _underWay++;
        _effects.WriteObject(DirObjects.TargetOf(dir.Name), bytes, _pending.ForObject(new CommitIo(this, dir, bytes, failed)));
        return true;
    }

    private void Park(Dir dir) => _waiting.Add(dir);

    private void Unpark(Dir dir)
    {
        _waiting.Remove(dir);
        _changes++;
    }

    private void Fail(Dir dir, IoError error)
    {
        Unpark(dir);
        // What cannot be read is never written: the segment stays, and whoever waits for it to go waits for ever.
        bool isBad = dir.Has(DirState.Bad) || _cache.ParentOf(dir)?.Has(DirState.Bad) == true;
        if (isBad && dir.DirtySegment <= _journal.OldestThrough)
            _journal.Oldest.IsStuck = true;
        Pause(error);
    }

    private void Pause(IoError error)
    {
        LastError = error;
        // Somebody newer has the store: what is written from here on would count for nothing.
        if (error == IoError.Stale)
            _journal.Fail(error);
        _pausedUntil = _environment.NowMicros + RetryMicros;
        _effects.SetTimer(TimerTokens.Writeback, RetryMicros);
    }

    private void Committed(Dir dir, IoError error)
    {
        _underWay--;
        _cache.EndCommit(dir, error.IsNone);
        _cache.Wake(dir, WaitMask.Committed);
        if (error.Failed)
        {
            Pause(error);
            return;
        }

        LastError = IoError.None;
        _journal.NoteWritten();
        _hasCommitted = true;
        _hasUnflushed |= !_environment.Objects.Capabilities.CommitIsDurable;
    }

    private void Removed(JournalSegment segment, DirFrag dir, IoError error)
    {
        segment.Writes--;
        _underWay--;
        // An object that was never written needs no removal. One that stays would be nobody's once the segment is gone.
        if (error.Failed && error != IoError.NoEntry)
        {
            segment.Removals.Add(dir);
            Pause(error);
            return;
        }

        LastError = IoError.None;
        // One that is not there may have gone by a removal that failed, now or in a life before, and that is not durable.
        _hasUnflushed |= error == IoError.NoEntry || !_environment.Objects.Capabilities.CommitIsDurable;
    }

    /// <summary>What a commit waited for has come, or will not.</summary>
    private sealed class Retry(Writeback writeback, Dir dir) : Continuation
    {
        public override void Run(IoError error)
        {
            if (error.Failed || dir.Has(DirState.Bad))
                writeback.Fail(dir, error.Failed ? error : IoError.Io);
            else
                writeback.Unpark(dir);
        }
    }

    private sealed class CommitIo(Writeback writeback, Dir dir, BufferList bytes, Action<IoError>? failed) : PendingIo
    {
        public override void Complete(IoResult result)
        {
            bytes.Dispose();
            if (result.Failed)
                failed?.Invoke(result.Error);
            writeback.Committed(dir, result.Error);
        }
    }

    private sealed class RemoveIo(Writeback writeback, JournalSegment segment, DirFrag dir) : PendingIo
    {
        public override void Complete(IoResult result) => writeback.Removed(segment, dir, result.Error);
    }

    private sealed class FlushIo(Writeback writeback) : PendingIo
    {
        public override void Complete(IoResult result)
        {
            writeback._flushing = false;
            if (result.Failed)
            {
                writeback._hasUnflushed = true;
                writeback.Pause(result.Error);
            }
        }
    }
}
