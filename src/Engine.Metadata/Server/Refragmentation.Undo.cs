using Engine.Buffers;

namespace Engine.Metadata;

/// <content>The way back.</content>
internal sealed partial class Refragmentation
{
    /// <summary>Begins with what recovery left.</summary>
    /// <returns>ENOMEM; EUCLEAN when the directory is divided in another way.</returns>
    public IoError Resume()
    {
        if (_stage == Stage.Remove)
        {
            WaitForJournal();
            return IoError.None;
        }

        _inode = _cache.FindInode(Ino);
        if (_inode.IsNone || !_cache.LeavesOf(_inode, Under).AsSpan().SequenceEqual(_change!.After))
            return IoError.Damaged;
        foreach (Frag frag in _change.After)
        {
            Dir? dir = _cache.FindDir(_inode, frag);
            if (dir is null && (!_cache.HasRoomForChange || _cache.TryOpen(_inode, frag, out dir).Failed))
                return IoError.NoMemory;
            _results.Add(dir!);
        }

        _cache.AuthPin(_inode);
        foreach (Dir dir in _results)
        {
            MetadataCache.SetState(dir, DirState.Fragmenting, true);
            bool isFrozen = _cache.FreezeDir(dir);
            Invariant.That(isFrozen, "nobody is at work before a rank serves");
        }

        Undo();
        return IoError.None;
    }

    /// <summary>After a restart: what the directory's own entry lies in must be whole before it is changed.</summary>
    private void Undo()
    {
        Dir home = _cache.DirOf(_inode);
        if (home.IsComplete)
        {
            RollBack();
            return;
        }

        if (_owner.Server.Fetch(this, home, out _) == Progress.Waits)
        {
            _isWaiting = true;
            return;
        }

        // It stays as the journal says, to be put back when that is mended; nobody may look for objects that are not there.
        foreach (Dir dir in _results)
            MetadataCache.SetState(dir, DirState.Bad, true);
        _change!.Segment!.IsStuck = true;
        Thaw(_results);
        End(IoError.Io, isCommitted: false);
    }

    /// <summary>The first failure counts: for want of space, or because the store fails.</summary>
    private void NoteFailure(IoError error)
    {
        if (_why.IsNone)
            _why = error == IoError.NoSpace ? error : IoError.Io;
    }

    private void RollBack()
    {
        List<Dir> restored = [];
        if (_owner.Server.RollBackFragments(_change!, restored).Failed)
        {
            _mustRetry = true;
            return;
        }

        _results.Clear();
        Thaw(restored);
        _owner.RollBacks++;
        _owner.Ended(this, isCommitted: false);
        _stage = Stage.Remove;
        WaitForJournal();
    }
}
