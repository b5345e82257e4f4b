using Engine.Buffers;

namespace Engine.Metadata;

/// <content>
/// Directories divided anew. The prepare divides what is in memory of them; the events that follow speak of the new dirfrags. One
/// that has no commit when the journal ends is taken back: the objects of before are still there.
/// </content>
internal sealed unsafe partial class Replay
{
    private readonly List<FragmentChange> _fragments = [];

    /// <summary>Directories whose division anew is not finished, oldest first.</summary>
    public IReadOnlyList<FragmentChange> Fragments => _fragments;

    /// <summary>Takes a division back in memory that was prepared and not committed. The caller writes that down.</summary>
    /// <param name="cache">The replayed cache.</param>
    /// <param name="change">What to take back.</param>
    /// <param name="restored">The dirfrags of before, open.</param>
    /// <returns>ENOMEM; EUCLEAN when the directory is divided in another way. Nothing has changed then.</returns>
    public static IoError RollBack(MetadataCache cache, FragmentChange change, List<Dir> restored)
    {
        NodeId inode = cache.FindInode(change.Ino);
        if (inode.IsNone || !cache.LeavesOf(inode, change.Under).AsSpan().SequenceEqual(change.After))
            return IoError.Damaged;
        IoError error = Refragment(cache, inode, change.Under, change.After, change.Before, restored);
        if (error.Failed)
            return error;
        change.RestoreRecords(cache, restored);
        change.Stage = FragmentStage.RollBack;
        return IoError.None;
    }

    private static IoError Refragment(
        MetadataCache cache, NodeId inode, Frag under, Frag[] from, Frag[] to, List<Dir> results)
    {
        IoError error = IoError.None;
        foreach (Frag frag in from)
        {
            if (error.IsNone && cache.FindDir(inode, frag) is null)
                error = cache.HasRoomForChange ? cache.TryOpen(inode, frag, out _) : IoError.NoMemory;
        }

        if (error.Failed)
            return error;
        foreach (Frag frag in from)
        {
            bool isFrozen = cache.FreezeDir(cache.FindDir(inode, frag)!);
            Invariant.That(isFrozen, "nobody is at work while a journal is replayed");
        }

        error = cache.TryRefragment(inode, under, to, results);
        foreach (Frag frag in error.Failed ? from : to)
            cache.UnfreezeDir(cache.FindDir(inode, frag)!);
        return error;
    }

    private string? ApplyFragment(ref EventReader reader)
    {
        if (!reader.TryTake(out FragmentPart part, out ReadOnlySpan<byte> tail))
            return null;
        if (FragmentChange.TryRead(part, tail) is not { } change)
            return "says nothing of a directory's fragments";
        ForgetRecent();
        _toldIno = default;
        FragmentChange? known = _fragments.Find(item => item.Ino == change.Ino);
        if (change.Stage == FragmentStage.Prepare)
        {
            if (known is not null)
                return $"divides {change.Ino} anew, which is being divided";
            change.Segment = _segments[^1];
            change.Segment.Pins++;
            _fragments.Add(change);
            return Divide(change, change.Before, change.After);
        }

        // Its first event lay in a segment that is gone: then all is over but for what this event says. Events before it that
        // lead through the directory may have told it as it was divided.
        if (known is null)
        {
            bool isBack = change.Stage == FragmentStage.RollBack && IsDivided(change);
            return isBack ? Divide(change, change.After, change.Before) : null;
        }
        bool follows = change.Stage == FragmentStage.Finish
            ? known.Stage != FragmentStage.Prepare
            : known.Stage == FragmentStage.Prepare;
        if (!follows || !known.IsSameAs(change))
            return $"{change.Stage} of {change.Ino} after {known.Stage}";
        if (change.Stage == FragmentStage.Finish)
        {
            known.Segment!.Pins--;
            _fragments.Remove(known);
            return null;
        }

        known.Stage = change.Stage;
        return change.Stage == FragmentStage.RollBack ? Divide(change, change.After, change.Before) : null;
    }

    private bool IsDivided(FragmentChange change)
    {
        NodeId inode = cache.FindInode(change.Ino);
        return !inode.IsNone && cache.IsDirectory(inode)
            && cache.LeavesOf(inode, change.Under).AsSpan().SequenceEqual(change.After);
    }

    /// <summary>What is in memory of the directory is divided anew; the event goes on to say what the dirfrags are
    /// then.</summary>
    private string? Divide(FragmentChange change, Frag[] from, Frag[] to)
    {
        NodeId inode = cache.FindInode(change.Ino);
        if (inode.IsNone)
            return null;
        if (!cache.IsDirectory(inode) || !cache.LeavesOf(inode, change.Under).AsSpan().SequenceEqual(from))
            return $"divides {new DirFrag(change.Ino, change.Under)}, which is divided in another way";
        return Refragment(cache, inode, change.Under, from, to, []).Failed ? NoMemory : null;
    }

    /// <summary>Another rank has divided its directory since the way through it was told, which nobody tells this one's journal:
    /// what is open of it is copies that this rank dropped before.</summary>
    private bool TryDivideAnew(NodeId inode, Frag frag)
    {
        if (cache.IsAuth(inode))
            return false;
        ForgetRecent();
        return cache.TryForceToLeaf(inode, frag).IsNone;
    }

    /// <summary>How an inode's image says that it is divided must be how it is, where that is this rank's to say.</summary>
    private string? ApplyTree(ReadOnlySpan<byte> value)
    {
        if (cache.FirstDirOf(_entry) is null)
            return cache.TryLoadTree(_entry) ? null : "a directory's division that is none";
        byte[] known = new byte[cache.TreeOf(_entry)?.EncodedLength ?? 0];
        cache.TreeOf(_entry)?.Encode(known);
        return value.SequenceEqual(known) || !cache.IsAuth(_entry) ? null
            : "divides a directory in another way than its dirfrags are";
    }
}
