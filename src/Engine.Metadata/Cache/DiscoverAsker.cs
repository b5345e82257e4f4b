// The other side of DiscoverResponder: takes copies into a cache and wakes who waits for them. Copies are from outside:
// what does not fit what is known is not taken, and counted.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The other side of <see cref="DiscoverResponder"/>: takes copies into a cache and wakes who waits for them. Copies are
/// from outside: what does not fit what is known is not taken, and counted.</summary>
/// <param name="cache">The cache.</param>
/// <param name="host">Learns of copies of inodes that were taken; null where nobody wants to.</param>
public sealed class DiscoverAsker(MetadataCache cache, IReplicaHost? host = null)
{
    /// <summary>Copies that were not taken.</summary>
    public long RejectedCount { get; private set; }

    /// <summary>Takes copies, up to the first one that does not fit.</summary>
    /// <returns>ENOMEM when the pool is exhausted, EUCLEAN when something did not fit.</returns>
    public IoError Apply(RankId from, IReadOnlyList<ReplicaStep> trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        foreach (ReplicaStep step in trace)
        {
            IoError error = !ReplicaImage.IsWellFormed(step) ? IoError.Invalid : step switch
            {
                DirReplica dir => Add(from, dir),
                EntryReplica { Name.Length: 0 } entry => AddBase(entry),
                EntryReplica entry => Add(entry),
                _ => IoError.Invalid,
            };
            if (!error.Failed)
                continue;
            RejectedCount += error == IoError.NoMemory ? 0 : 1;
            return error == IoError.NoMemory ? error : new IoError(117);
        }

        return IoError.None;
    }

    private IoError Add(RankId from, DirReplica step)
    {
        NodeId inode = cache.FindInode(step.Name.Ino);
        if (inode.IsNone || !cache.IsDirectory(inode))
            return IoError.NoEntry;
        Dir? dir = cache.FindDir(inode, step.Name.Frag);
        if (dir is { IsAuth: true })
            return IoError.Invalid;
        bool isNew = dir == null;
        if (isNew)
        {
            IoError error = TryOpen(inode, step.Name.Frag, out dir);
            if (error.Failed)
                return error;
        }

        if (!isNew)
            Correct(from, dir!);
        if (!isNew && cache.IsAuth(inode))
        {
            // What was counted of it is this rank's to know.
            cache.SetOwnNonce(dir!, step.Nonce);
            return IoError.None;
        }

        ref DirRecord record = ref cache.Write(dir!);
        DirRecord copy = MemoryMarshal.Read<DirRecord>(step.Record);
        copy.Header = record.Header;
        copy.ExtHead = record.ExtHead;
        record = copy;
        cache.SetOwnNonce(dir!, step.Nonce);
        if (isNew)
            Settle(from, dir!);
        cache.Wake(inode, WaitMask.DirFrag, key: step.Name.Frag.Raw);
        return IoError.None;
    }

    /// <summary>Nobody but the authority gives copies, and who has one is told of what comes after.</summary>
    private void Correct(RankId from, Dir dir)
    {
        Authority known = cache.Subtrees.AuthorityOf(dir);
        if (known.IsAmbiguous || known == Authority.Of(from) || dir.Has(DirState.Importing))
            return;
        cache.Subtrees.AdjustAuth(dir, Authority.Of(from));
        cache.Subtrees.TryMerge(dir);
    }

    /// <summary>A subtree begins at a dirfrag whose authority is not that of its inode.</summary>
    private void Settle(RankId from, Dir dir)
    {
        MetadataCache.SetAuth(dir, false);
        Authority around = cache.ParentOf(dir) is Dir parent ? cache.Subtrees.AuthorityOf(parent) : Authority.Undefined;
        if (around != Authority.Of(from))
            cache.Subtrees.AdjustAuth(dir, Authority.Of(from));
    }

    /// <summary>Opens a dirfrag, dividing the directory as the sender has it. Copies of how it was before are of no use, and go;
    /// not while they are used, or this rank's own.</summary>
    private IoError TryOpen(NodeId inode, Frag frag, out Dir? dir)
    {
        dir = null;
        IoError error = cache.TryForceToLeaf(inode, frag);
        return error.Failed ? error : cache.TryOpen(inode, frag, out dir);
    }

    private IoError AddBase(EntryReplica step)
    {
        if (step.Kind != RecordKind.Entry)
            return IoError.Invalid;
        InodeFields inode = ReplicaImage.InodeOf(step);
        if (!inode.Ino.IsBase)
            return IoError.Invalid;
        NodeId node = cache.FindInode(inode.Ino);
        if (!node.IsNone && cache.IsAuth(node))
            return IoError.Invalid;
        if (node.IsNone)
        {
            IoError error = cache.TryAddBase(inode.Ino, inode.Mode, isAuth: false, out node);
            if (error.Failed)
                return error;
        }

        IoError stored = ReplicaImage.Store(cache, node, step);
        if (!stored.Failed)
            host?.Copied(node, ReplicaImage.InodeOf(step).Locks);
        return stored;
    }

    private IoError Add(EntryReplica step)
    {
        NodeId parent = cache.FindInode(step.Dir);
        uint hash = NameHash.Of(step.Name);
        Dir? dir = parent.IsNone ? null : cache.FindDirFor(parent, hash);
        if (dir == null || dir.IsAuth || MetadataName.Check(step.Name).Failed)
            return IoError.NoEntry;
        NodeId node = cache.Lookup(dir, step.Name);
        Ino ino = step.Kind == RecordKind.Entry ? ReplicaImage.InodeOf(step).Ino : default;
        bool isSame = !node.IsNone && (step.Kind == RecordKind.Entry
            ? cache.HasInode(node) && cache.Inode(node).Ino == ino
            : !cache.HasInode(node) && cache.IsNull(node) == IsNull(step));
        IoError error = isSame ? IoError.None : Replace(dir, step, ino, ref node);
        if (!error.Failed)
            error = ReplicaImage.Store(cache, node, step);
        if (error.Failed)
            return error;
        if (step.Kind == RecordKind.Entry)
            host?.Copied(node, ReplicaImage.InodeOf(step).Locks);
        cache.Wake(dir, WaitMask.Entry, key: hash);
        return error;
    }

    /// <summary>Makes the entry what the copy says, where there was none or another.</summary>
    private IoError Replace(Dir dir, EntryReplica step, Ino ino, ref NodeId node)
    {
        // An inode that is known elsewhere, or in use here under this name, has to go first: the authority will have said so.
        if (ino != default && !cache.FindInode(ino).IsNone)
            return IoError.Busy;
        if (!node.IsNone && !cache.IsNull(node) && cache.FirstDirOf(node) != null)
        {
            // It could not say so when this rank, or the channel to it, had come to an end.
            if (!TryDrop(node))
                return IoError.Busy;
            node = NodeId.None;
        }

        if (!node.IsNone && !cache.IsNull(node))
        {
            IoError error = cache.TryMakeNull(node);
            if (error.Failed)
                return error;
        }

        if (step.Kind == RecordKind.Entry)
            return cache.TryLinkPrimary(dir, step.Name, ino, ReplicaImage.InodeOf(step).Mode, out node);
        LinkRecord link = MemoryMarshal.Read<LinkRecord>(step.Record);
        if (link.Linkage == DentryLinkage.Remote)
            return cache.TryLinkRemote(dir, step.Name, link.RemoteIno, link.RemoteType, out node);
        return node.IsNone ? cache.TryAddNull(dir, step.Name, out node) : IoError.None;
    }

    private bool TryDrop(NodeId node) => host?.TryDropOutdated(node) ?? cache.TryDropOutdated(node);

    /// <summary>Is it a copy of a free name?</summary>
    internal static bool IsNull(EntryReplica step) => step.Kind != RecordKind.Entry
        && MemoryMarshal.Read<LinkRecord>(step.Record).Linkage == DentryLinkage.Null;
}
