// Versions and what is dirty. A dirty dirfrag hangs on the log segment that holds its oldest change that is not
// committed: the segment can be expired once nothing hangs on it. Within a dirfrag, dirty nodes are in order of version.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class MetadataCache
{
    private readonly Dictionary<int, DirtySegment> _segments = [];

    /// <summary>Dirty dirfrags.</summary>
    public int DirtyDirCount { get; private set; }

    /// <summary>Dirty dirfrags that hang on the segment.</summary>
    public int DirtyDirsOf(int segment) => _segments.TryGetValue(segment, out DirtySegment? list) ? list.Count : 0;

    /// <summary>The last dirty dirfrag of the segment, in order of arrival; null when nothing hangs on it.</summary>
    public Dir? LastDirtyDir(int segment) => _segments.TryGetValue(segment, out DirtySegment? list) ? list.Last : null;

    /// <summary>The one before it.</summary>
    public static Dir? PreviousDirtyDir(Dir dir) => dir.DirtyPrevious;

    /// <summary>
    /// Says that the journal event that ends at <paramref name="position"/>, in the segment, changes the dirfrag: a new version.
    /// </summary>
    /// <returns>The version.</returns>
    public ulong MarkDirty(Dir dir, int segment, long position)
    {
        Invariant.That(segment >= 0 && position >= dir.ChangedAt);
        Invariant.That(dir.IsAuth, "copies are clean");
        ref DirRecord record = ref Write(dir);
        record.Version++;
        dir.ChangedAt = position;
        if (dir.Has(DirState.Committing) && dir.SegmentAfterCommit < 0)
            dir.SegmentAfterCommit = segment;
        if (!dir.IsDirty)
        {
            dir.Set(DirState.Dirty, true);
            DirtyDirCount++;
            Pin(dir, PinKind.Dirty);
            Hang(dir, segment);
        }

        return record.Version;
    }

    /// <summary>Says that the event changes the node, and so its dirfrag.</summary>
    /// <returns>The version that both have now.</returns>
    public ulong MarkDirty(NodeId node, int segment, long position)
    {
        Dir dir = DirOf(node);
        ulong version = MarkDirty(dir, segment, position);
        NoteDirty(node, dir, version);
        return version;
    }

    /// <summary>The node of a dirfrag that was marked dirty is dirty too, and of that version.</summary>
    internal void NoteDirty(NodeId node, Dir dir, ulong version)
    {
        StampVersion(node, version);
        ref NodeSide side = ref Nodes[node];
        NodeDirtyLinks links = new(Nodes);
        if ((side.State & NodeState.Dirty) != 0)
        {
            dir.DirtyNodes.MoveToLast(links, node.Value);
            return;
        }

        side.State |= NodeState.Dirty;
        dir.DirtyNodes.AddLast(links, node.Value);
        Pin(node, PinKind.Dirty);
    }

    /// <summary>Says that a dirty dirfrag's oldest change lies in that segment, or in an older one.</summary>
    internal void HangOn(Dir dir, int segment)
    {
        Invariant.That(dir.IsDirty);
        if (dir.DirtySegment <= segment)
            return;
        Unhang(dir);
        Hang(dir, segment);
    }

    /// <summary>Version of the dirfrag.</summary>
    public ulong VersionOf(Dir dir) => Read(dir).Version;

    /// <summary>Begins to write the dirfrag's object with its present content.</summary>
    /// <returns>The version that is written.</returns>
    public ulong BeginCommit(Dir dir)
    {
        Invariant.That(dir.IsDirty && dir.IsComplete && !dir.Has(DirState.Committing));
        dir.Set(DirState.Committing, true);
        dir.CommittingVersion = VersionOf(dir);
        dir.SegmentAfterCommit = -1;
        return dir.CommittingVersion;
    }

    /// <summary>
    /// The object is written and durable: nodes up to that version are clean, and the dirfrag too, unless it was changed
    /// meanwhile; then it hangs on the segment of the first such change. After a failure everything stays dirty.
    /// </summary>
    public void EndCommit(Dir dir, bool written)
    {
        Invariant.That(dir.Has(DirState.Committing));
        dir.Set(DirState.Committing, false);
        int segment = dir.SegmentAfterCommit;
        dir.SegmentAfterCommit = -1;
        if (!written)
            return;
        dir.CommittedVersion = dir.CommittingVersion;
        Write(dir).CommittedVersion = dir.CommittedVersion;
        NodeDirtyLinks links = new(Nodes);
        for (int at = dir.DirtyNodes.First; at >= 0 && Dentry(new NodeId(at)).Version <= dir.CommittedVersion;
            at = dir.DirtyNodes.First)
        {
            MarkClean(dir, new NodeId(at), links);
        }

        Unhang(dir);
        if (segment >= 0)
            Hang(dir, segment);
        else
            ClearDirty(dir);
    }

    /// <summary>Makes a dirfrag and its nodes clean without a commit: their changes live elsewhere now, or are of no
    /// use.</summary>
    public void ForgetDirty(Dir dir)
    {
        if (!dir.IsDirty)
            return;
        NodeDirtyLinks links = new(Nodes);
        while (!dir.DirtyNodes.IsEmpty)
            MarkClean(dir, new NodeId(dir.DirtyNodes.First), links);
        Unhang(dir);
        ClearDirty(dir);
    }

    private void MarkClean(Dir dir, NodeId node, NodeDirtyLinks links)
    {
        dir.DirtyNodes.Remove(links, node.Value);
        Nodes[node].State &= ~NodeState.Dirty;
        Unpin(node, PinKind.Dirty);
    }

    private void ClearDirty(Dir dir)
    {
        dir.Set(DirState.Dirty, false);
        DirtyDirCount--;
        Unpin(dir, PinKind.Dirty);
    }

    private void Hang(Dir dir, int segment)
    {
        if (!_segments.TryGetValue(segment, out DirtySegment? list))
            _segments.Add(segment, list = new DirtySegment());
        list.Add(dir);
        dir.DirtySegment = segment;
    }

    private void Unhang(Dir dir)
    {
        DirtySegment list = _segments[dir.DirtySegment];
        list.Remove(dir);
        if (list.Count == 0)
            _segments.Remove(dir.DirtySegment);
        dir.DirtySegment = -1;
    }
}
