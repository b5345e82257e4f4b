// Directories divided anew, as far as the namespace has to do with it.
//
// Invariants: what an event of a division says fits into a record, or the division is not begun; an event that follows one
// that is in the journal is never longer than that.

using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Directories divided anew: the requests for it, and its events.</content>
internal sealed partial class NamespaceServer
{
    private readonly Queue<DirFrag> _unfit = new();

    /// <summary>Who divides; null while nobody does, in tests of the rest.</summary>
    public Refragmenter? Fragments { get; set; }

    /// <summary>The next dirfrag that grew or shrank out of its measure.</summary>
    public bool TryTakeUnfit(out DirFrag name) => _unfit.TryDequeue(out name);

    /// <summary>Notes a dirfrag's size: one that is too large or too small is looked at when the step is over.</summary>
    public void NoteSize(Dir dir)
    {
        ref readonly DirRecord record = ref _cache.Read(dir);
        NoteSize(dir, record.Stat.Files + record.Stat.Subdirs);
    }

    /// <summary>Divides in memory, frozen dirfrags and all, and says so in an event. The change is the journal's from here on:
    /// its segment is kept.</summary>
    /// <returns>ENOMEM and the like: everything is as it was.</returns>
    public IoError PrepareFragments(FragmentChange change, NodeId inode, List<Dir> results)
    {
        // Of the dirfrags of before or after, whichever an event tells, and of the tree in the inode.
        int parts = Math.Max(change.Before.Length, change.After.Length);
        long bytes = FragmentBytes(change) + ExtBytes(inode) + ((DirBytes + 1L) * parts);
        IoError error = BeginChange(EventKind.Fragment, bytes, _cache.DirOf(inode));
        if (error.Failed)
            return error;
        error = _cache.TryRefragment(inode, change.Under, change.After, results);
        if (error.Failed)
        {
            // The event was begun, and says nothing.
            EndChange();
            return error;
        }

        change.AddTo(_event!);
        change.Segment = _journal.Current;
        change.Segment.Pins++;
        change.Oldest = _journal.Oldest;
        change.Oldest.Pins++;
        EmitFragments(inode, results);
        EndChange();
        return IoError.None;
    }

    /// <summary>Takes a division back in memory, frozen dirfrags and all, and says so in an event.</summary>
    /// <param name="change">What was prepared.</param>
    /// <param name="restored">The dirfrags of before, frozen.</param>
    /// <returns>ENOMEM and the like: everything is as it was.</returns>
    public IoError RollBackFragments(FragmentChange change, List<Dir> restored)
    {
        MakeRoom(forChange: true);
        NodeId inode = _cache.FindInode(change.Ino);
        Dir home = _cache.DirOf(inode);
        if (CheckEvent(FragmentBytes(change), home, null, out long eventBytes).Failed || !_cache.HasRoomForChange)
            return IoError.NoMemory;
        IoError error = _cache.TryRefragment(inode, change.Under, change.Before, restored);
        if (error.Failed)
            return error;
        change.RestoreRecords(_cache, restored);
        change.Stage = FragmentStage.RollBack;
        BeginEvent(EventKind.Fragment, home, null, eventBytes);
        change.AddTo(_event!);
        EmitFragments(inode, restored);
        EndChange();
        if (change.Oldest is null)
            return IoError.None;
        foreach (Dir dir in restored)
            _cache.HangOn(dir, change.Oldest.Id);
        ReleaseOldest(change);
        return IoError.None;
    }

    /// <summary>Says in an event how far a division is.</summary>
    /// <returns>EAGAIN when there is no room for it now.</returns>
    public IoError NoteFragments(FragmentChange change, FragmentStage stage)
    {
        if (!_journal.HasRoom(EventBytes + FragmentBytes(change)))
            return IoError.Again;
        FragmentChange said = new(change.Ino, change.Under, change.Before, change.After, change.Records) { Stage = stage };
        _event = _journal.Begin(EventKind.Fragment);
        said.AddTo(_event);
        EndChange();
        return IoError.None;
    }

    /// <summary>The division is not taken back any more.</summary>
    public static void ReleaseOldest(FragmentChange change)
    {
        if (change.Oldest is { } oldest)
            oldest.Pins--;
        change.Oldest = null;
    }

    private static int FragmentBytes(FragmentChange change) =>
        (change.Before.Length + change.After.Length) * (DirRecord.Bytes + DirPart.Bytes + EventPart.Bytes + sizeof(uint));

    private void EmitFragments(NodeId inode, List<Dir> dirs)
    {
        MarkDirty(inode);
        EmitDir(_cache.DirOf(inode));
        EmitEntry(inode);
        foreach (Dir dir in dirs)
        {
            _cache.MarkDirty(dir, _journal.Segment, Seq);
            // The way to it is the entry above.
            dir.ContextSegment = _journal.Segment;
            EmitDir(dir);
        }
    }

    private void NoteSize(Dir dir, long entries)
    {
        bool fits = entries < _options.SplitEntries && dir.Pages.BytesUsed < _options.SplitBytes
            && (entries >= _options.MergeEntries || dir.Frag.Bits == 0);
        if (fits || dir.IsFragmentQueued || dir.Name.Ino.IsSystem)
            return;
        dir.IsFragmentQueued = true;
        _unfit.Enqueue(dir.Name);
    }

    private Progress Fragment(RequestContext context, out IoError error)
    {
        ClientRequest request = context.Request;
        Progress progress = WalkToInode(context, request.Base, request.Path.Span, PathTail.Target, out PathWalk walk, out error);
        if (progress == Progress.Waits || error.Failed)
            return progress;
        error = !request.Caller.IsRoot ? IoError.NotPermitted
            : !_cache.IsDirectory(walk.Node) ? IoError.NotDirectory
            : Fragments is null ? IoError.NotSupported
            : request.SplitBits is < 0 or > Refragmenter.SplitBitsMax ? IoError.Invalid : IoError.None;
        if (error.IsNone)
        {
            Ino ino = _cache.Inode(walk.Node).Ino;
            error = Fragments!.Force(ino, request.Fragment, request.SplitBits, result => EndFragment(context, ino, result));
        }

        return error.Failed ? Progress.Done : Progress.Waits;
    }

    /// <summary>A request to divide is done, and durable, or failed. The answer names the fragments, that to a request which does
    /// not fit them too.</summary>
    private void EndFragment(RequestContext context, Ino ino, IoError error)
    {
        ClientReply reply = new(context.Request.Tid, error);
        NodeId inode = _cache.FindInode(ino);
        if ((error.IsNone || error == IoError.Invalid) && !inode.IsNone)
            reply = reply with { Value = Encoding.ASCII.GetBytes(string.Join(' ', _cache.LeavesOf(inode, Frag.Root))) };
        Reply(context, reply);
    }
}
