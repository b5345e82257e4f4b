// One division of a directory anew, from the first look to the end.
//
// Ownership: Refragmenter's. It holds an auth pin on the directory's inode from the freeze until commit or rollback, and the
// journal segment of its first event until its last is durable.
// Stages: Gather (open and read all dirfrags), Freeze (wait until they stand still), Prepare (divide in memory, first event),
// Store (write the new objects; they stand still meanwhile), Commit, or RollBack when they cannot be written; then clients go
// on, Remove (objects that are not needed), Finish (last event). Recovery begins at Undo, which leads to RollBack, or at
// Remove. Refragmentation          stages from Store on, and what they have in common Refragmentation.Prepare  stages up to
// Prepare Refragmentation.Undo     the way back
// Invariant: the store holds, at any moment, all objects either of before or of after, whole, and the journal says which.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A split or a merge under way.</summary>
internal sealed partial class Refragmentation : Continuation
{
    private readonly Refragmenter _owner;
    private readonly MetadataCache _cache;
    private readonly List<Dir> _sources = [];
    private readonly List<Dir> _results = [];
    private readonly HashSet<Dir> _tried = [];
    private Action<IoError>? _answer;
    private FragmentChange? _change;
    private NodeId _inode;
    private Stage _stage;
    private long _waitsUntil;
    private bool _isRecalling;
    private int _removals;
    private bool _isFlushed;

    /// <summary>What a division that was taken back is answered with.</summary>
    private IoError _why;
    private bool _mustRetry;
    private bool _isWaiting;

    /// <param name="owner">Whose it is.</param>
    /// <param name="ino">The directory.</param>
    /// <param name="under">The part of it.</param>
    /// <param name="splitBits">0 for a merge.</param>
    /// <param name="answer">Who asked for it is told when it is durable, or why it is not done; null where nobody did.</param>
    public Refragmentation(Refragmenter owner, Ino ino, Frag under, int splitBits, Action<IoError>? answer)
    {
        _owner = owner;
        _cache = owner.Cache;
        _answer = answer;
        IsForced = answer is not null;
        Ino = ino;
        Under = under;
        SplitBits = splitBits;
    }

    /// <summary>What recovery found: to be taken back, or only objects are left to be removed.</summary>
    public Refragmentation(Refragmenter owner, FragmentChange change)
        : this(owner, change.Ino, change.Under, 0, null)
    {
        _change = change;
        _stage = change.Stage == FragmentStage.Prepare ? Stage.Undo : Stage.Remove;
    }

    private enum Stage
    {
        Gather,
        Freeze,
        Prepared,
        Store,
        Undo,
        Remove,
        Finish,
        Over,
    }

    /// <summary>The directory.</summary>
    public Ino Ino { get; }

    /// <summary>The part of it.</summary>
    public Frag Under { get; }

    /// <summary>0 for a merge.</summary>
    public int SplitBits { get; }

    /// <summary>Somebody asked for it.</summary>
    public bool IsForced { get; }

    /// <summary>Nothing is left to do.</summary>
    public bool IsOver => _stage == Stage.Over;

    /// <inheritdoc/>
    public override void Run(IoError error)
    {
        _isWaiting = false;
        _isRecalling = false;
        if (_owner.Journal.Failure.Failed)
            End(IoError.Io, isCommitted: false);
        else if (error.Failed && _stage <= Stage.Freeze)
            GiveUp(error);
        else
            Advance();
    }

    /// <summary>Goes on, as far as it can.</summary>
    public void Advance()
    {
        switch (_stage)
        {
            case Stage.Gather:
                Gather();
                break;
            case Stage.Freeze:
                Freeze();
                break;
            case Stage.Prepared:
                _stage = Stage.Store;
                Store();
                break;
            case Stage.Store:
                Store();
                break;
            case Stage.Undo:
                Undo();
                break;
            case Stage.Remove:
                Remove();
                break;
            case Stage.Finish:
                _change!.Segment!.Pins--;
                _stage = Stage.Over;
                break;
        }
    }

    /// <summary>Tries again what had no memory.</summary>
    public void Pump()
    {
        if (_mustRetry && !_isWaiting)
        {
            _mustRetry = false;
            Advance();
        }
    }

    /// <summary>Gives up to wait for others, and tries again what failed.</summary>
    public void Tick()
    {
        bool waitsForOthers = _stage == Stage.Freeze || (_stage == Stage.Gather && _isRecalling);
        if (waitsForOthers && _owner.Environment.NowMicros >= _waitsUntil)
        {
            _cache.StopWaiting(this);
            GiveUp(IoError.Busy);
        }
        else if (_stage == Stage.Remove && _removals < 0)
        {
            _removals = 0;
            Remove();
        }
    }

    private void WaitOn(Dir dir, WaitMask mask)
    {
        _isWaiting = true;
        _cache.Wait(dir, mask, this);
    }

    private void WaitForJournal()
    {
        _isWaiting = true;
        _owner.Journal.WhenDurable(_owner.Journal.LastSeq, this);
    }

    /// <summary>All new objects are written; then the commit, or the way back.</summary>
    private void Store()
    {
        bool isStored = true;
        bool hasFailed = false;
        Dir? busy = null;
        foreach (Dir dir in _results)
        {
            if (!dir.IsDirty)
                continue;
            isStored = false;
            if (!dir.Has(DirState.Committing))
            {
                hasFailed |= _tried.Contains(dir);
                if (!hasFailed && _owner.Writeback.TryCommitFrozen(dir, NoteFailure))
                    _tried.Add(dir);
            }

            if (dir.Has(DirState.Committing))
                busy ??= dir;
        }

        if (busy is not null)
            WaitOn(busy, WaitMask.Committed);
        else if (hasFailed)
            RollBack();
        else if (!isStored)
            _mustRetry = true;
        else if (!_isFlushed && !_owner.Environment.Objects.Capabilities.CommitIsDurable)
            FlushStored();
        else
            Commit();
    }

    private void FlushStored()
    {
        _isWaiting = true;
        _owner.Effects.FlushObjects(_owner.Pending.ForObject(new Done(result =>
        {
            _isFlushed = result.IsNone;
            _isWaiting = false;
            if (_owner.Journal.Failure.Failed)
                End(IoError.Io, isCommitted: false);
            else if (result.IsNone)
                Commit();
            else
            {
                NoteFailure(result);
                RollBack();
            }
        })));
    }

    private void Commit()
    {
        if (_owner.Server.NoteFragments(_change!, FragmentStage.Commit).Failed)
        {
            WaitForJournal();
            return;
        }

        _change!.Stage = FragmentStage.Commit;
        Thaw(_results);
        _owner.Ended(this, isCommitted: true);
        _stage = Stage.Remove;
        WaitForJournal();
    }

    private void Thaw(List<Dir> dirs)
    {
        foreach (Dir dir in dirs)
        {
            MetadataCache.SetState(dir, DirState.Fragmenting, false);
            _cache.UnfreezeDir(dir);
        }

        _cache.AuthUnpin(_inode);
    }

    /// <summary>The event that says so is durable: objects go that are not needed.</summary>
    private void Remove()
    {
        NamespaceServer.ReleaseOldest(_change!);
        Answer(_change!.Stage == FragmentStage.Commit ? IoError.None : _why.Failed ? _why : IoError.Io);
        bool hasFailed = false;
        // What is not there may have gone by a removal that failed, now or in a life before, and that is not durable.
        bool mustFlush = !_owner.Environment.Objects.Capabilities.CommitIsDurable;
        _removals = _change.Gone.Length;
        foreach (Frag frag in _change.Gone)
        {
            Done removed = new(result =>
            {
                hasFailed |= result.Failed && result != IoError.NoEntry;
                mustFlush |= result == IoError.NoEntry;
                if (--_removals == 0)
                    Removed(hasFailed, mustFlush);
            });
            _owner.Effects.RemoveObject(DirObjects.TargetOf(new DirFrag(Ino, frag)), _owner.Pending.ForObject(removed));
        }
    }

    private void Removed(bool hasFailed, bool mustFlush)
    {
        if (hasFailed)
            _removals = -1;
        else if (mustFlush)
            _owner.Effects.FlushObjects(_owner.Pending.ForObject(new Done(Finish)));
        else
            Finish(IoError.None);
    }

    private void Finish(IoError error)
    {
        if (_owner.Journal.Failure.Failed)
        {
            End(IoError.Io, isCommitted: false);
            return;
        }

        if (error.Failed || _owner.Server.NoteFragments(_change!, FragmentStage.Finish).Failed)
        {
            _removals = -1;
            return;
        }

        _stage = Stage.Finish;
        WaitForJournal();
    }

    private void GiveUp(IoError error)
    {
        if (_stage == Stage.Freeze)
            Thaw(_sources);
        End(error, isCommitted: false);
        if (error != IoError.Cancelled && !IsForced)
            _owner.Ended(this, isCommitted: false);
    }

    private void End(IoError error, bool isCommitted)
    {
        _stage = Stage.Over;
        Answer(isCommitted ? IoError.None : error);
    }

    private void Answer(IoError error)
    {
        Action<IoError>? answer = _answer;
        _answer = null;
        answer?.Invoke(error);
    }

    private sealed class Done(Action<IoError> then) : PendingIo
    {
        public override void Complete(IoResult result) => then(result.Error);
    }
}
