// The stages before anything is changed but in memory: gather, freeze, prepare.
//
// Ownership: see Refragmentation.cs. Invariant: until the first event is in the journal, giving up leaves everything as it was.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>From the first look to the first event.</content>
internal sealed partial class Refragmentation
{
    /// <summary>Everything that is divided is read, and may be divided.</summary>
    private void Gather()
    {
        IoError error = Check(out Dir? home);
        if (error.IsNone && !home!.IsComplete)
        {
            Fetch(home);
            return;
        }

        if (error.IsNone && IsCopied())
            return;
        if (error.IsNone && !_cache.CanAuthPin(_inode))
        {
            WaitOn(home!, home!.IsAuth ? WaitMask.Unfreeze : WaitMask.SingleAuth);
            return;
        }

        Frag[] before = error.IsNone ? _cache.LeavesOf(_inode, Under) : [];
        _sources.Clear();
        foreach (Frag leaf in before)
        {
            Dir? dir = _cache.FindDir(_inode, leaf);
            if (dir is null && _cache.TryOpen(_inode, leaf, out dir).Failed)
            {
                error = IoError.NoMemory;
                break;
            }

            if (!dir!.IsComplete && !dir.Has(DirState.Bad))
            {
                Fetch(dir);
                return;
            }

            if (dir.Has(DirState.Committing))
            {
                WaitOn(dir, WaitMask.Committed);
                return;
            }

            if (!_cache.CanFragment(dir))
                error = IoError.Busy;
            _sources.Add(dir);
        }

        if (error.IsNone)
            error = CheckWanted();
        if (error.Failed)
            GiveUp(error);
        else
            BeginFreeze();
    }

    private IoError Check(out Dir? home)
    {
        home = null;
        _inode = _cache.FindInode(Ino);
        if (_owner.IsStopping)
            return IoError.Shutdown;
        if (_inode.IsNone)
            return IoError.NoEntry;
        if (!_owner.IsDivisible(_inode))
            return IoError.Invalid;
        home = _cache.DirOf(_inode);
        int leaves = _cache.LeavesOf(_inode, Under).Length;
        return (SplitBits > 0 ? leaves == 1 && Under.Bits + SplitBits <= Frag.HashBits : leaves > 1)
            && (leaves != 1 || _cache.LeavesOf(_inode, Under)[0] == Under)
            ? IoError.None : IoError.Invalid;
    }

    /// <summary>By its own accord, it looks again whether there is reason to; and there must be memory for a copy.</summary>
    private IoError CheckWanted()
    {
        bool isWanted = IsForced
            || (SplitBits > 0 ? _owner.ShouldSplit(_sources[0]) : _owner.ShouldMerge(_inode, Under));
        if (!isWanted)
            return IoError.Cancelled;
        if (_owner.Journal.Ask(_sources.Count * DirRecord.Bytes) != JournalRoom.Open)
            return IoError.NoSpace;
        long bytes = 0;
        foreach (Dir dir in _sources)
            bytes += dir.Pages.BytesUsed;
        return _cache.Pool.BytesMax - _cache.Pool.BytesUsed < 2 * bytes || !_cache.HasRoomForChange
            ? IoError.NoMemory : IoError.None;
    }

    private void Fetch(Dir dir)
    {
        if (_owner.Server.Fetch(this, dir, out IoError error) == Progress.Done)
            GiveUp(error);
        else
            _isWaiting = true;
    }

    /// <summary>Do others have copies of the directory? They are called back: nobody tells them of parts.</summary>
    private bool IsCopied()
    {
        if (_owner.Server.AwaitUnreplicated(this, _inode) == Progress.Done)
            return false;
        if (_stage == Stage.Gather && _waitsUntil == 0)
            _waitsUntil = _owner.Environment.NowMicros + _owner.Options.FragmentTimeoutMicros;
        _isRecalling = true;
        _isWaiting = true;
        return true;
    }

    private void BeginFreeze()
    {
        _stage = Stage.Freeze;
        _waitsUntil = _owner.Environment.NowMicros + _owner.Options.FragmentTimeoutMicros;
        _cache.AuthPin(_inode);
        foreach (Dir dir in _sources)
        {
            MetadataCache.SetState(dir, DirState.Fragmenting, true);
            _cache.FreezeDir(dir);
        }

        Freeze();
    }

    private void Freeze()
    {
        foreach (Dir dir in _sources)
        {
            bool isFrozen = dir.Has(DirState.FrozenDir);
            if (!isFrozen || dir.Has(DirState.Committing))
            {
                WaitOn(dir, isFrozen ? WaitMask.Committed : WaitMask.Frozen);
                return;
            }
        }

        if (IsCopied())
            return;

        // What a directory counts is the same before and after; what is not yet told above would be lost track of.
        IoError error = IoError.None;
        foreach (Dir dir in _sources)
            error = error.Failed ? error : _owner.Server.Fold(dir);
        if (error.IsNone)
            error = Prepare();
        if (error == IoError.Again)
            WaitForJournal();
        else if (error.Failed)
            GiveUp(error);
    }

    private IoError Prepare()
    {
        DirRecord[] records = new DirRecord[_sources.Count];
        for (int i = 0; i < records.Length; i++)
            records[i] = _cache.Read(_sources[i]);
        Frag[] before = _cache.LeavesOf(_inode, Under);
        Frag[] after = SplitBits > 0 ? MetadataCache.PartsOf(Under, SplitBits) : [Under];
        _change = new FragmentChange(Ino, Under, before, after, records);
        IoError error = _owner.Server.PrepareFragments(_change, _inode, _results);
        if (error.Failed)
            return error;
        _sources.Clear();
        foreach (Dir dir in _results)
            MetadataCache.SetState(dir, DirState.Fragmenting, true);
        _stage = Stage.Prepared;
        WaitForJournal();
        return IoError.None;
    }
}
