// Between records on pages and their copies in messages: what is the place's own (slot, attributes' links, who has copies) stays
// behind, and locks are in the states of a copy's. A copy that comes from outside is checked (IsGood) before it is stored.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Between records on pages and their copies in messages: what is the place's own (slot, attributes' links, who has
/// copies) stays behind, and locks are in the states of a copy's.</summary>
internal static class ReplicaImage
{
    /// <summary>Copies an entry.</summary>
    public static EntryReplica OfEntry(MetadataCache cache, NodeId node, Ino directory, uint nonce, in LockStates locks)
    {
        byte[] record;
        RecordKind kind = cache.HasInode(node) ? RecordKind.Entry : RecordKind.Link;
        if (kind == RecordKind.Entry)
        {
            EntryRecord entry = cache.Entry(node);
            Strip(ref entry.Dentry);
            entry.Inode.Locks = locks;
            entry.Inode.LockGathers = default;
            entry.Inode.Replicas = default;
            record = MemoryMarshal.AsBytes(new Span<EntryRecord>(ref entry)).ToArray();
        }
        else
        {
            LinkRecord link = cache.Link(node);
            Strip(ref link.Dentry);
            record = MemoryMarshal.AsBytes(new Span<LinkRecord>(ref link)).ToArray();
        }

        List<ReplicaAttribute> attributes = [];
        for (ExtKind ext = ExtKind.None + 1; (int)ext < ExtLimits.KindCount; ext++)
        {
            if (ext is not (ExtKind.Replicas or ExtKind.InodeReplicas) && cache.ExtLength(node, ext) >= 0)
                attributes.Add(new ReplicaAttribute(ext, cache.ReadExt(node, ext)));
        }

        return new EntryReplica(directory, cache.NameOf(node).ToArray(), kind, nonce, record, attributes);
    }

    /// <summary>Copies what a dirfrag says of itself.</summary>
    public static DirReplica OfDir(MetadataCache cache, Dir dir, uint nonce)
    {
        DirRecord record = cache.Read(dir);
        record.Header = default;
        record.ExtHead = 0;
        record.Replicas = default;
        return new DirReplica(dir.Name, nonce, MemoryMarshal.AsBytes(new Span<DirRecord>(ref record)).ToArray());
    }

    /// <summary>Is the record as long as its kind says?</summary>
    public static bool IsWellFormed(ReplicaStep step) => step.Record.Length == step switch
    {
        EntryReplica { Kind: RecordKind.Entry } => EntryRecord.Bytes,
        EntryReplica { Kind: RecordKind.Link } => LinkRecord.Bytes,
        DirReplica => DirRecord.Bytes,
        _ => -1,
    };

    /// <summary>Is the copy such as the functions here make them: every value one that may be, and nothing that is the
    /// place's own?</summary>
    public static bool IsGood(ReplicaStep step)
    {
        if (!IsWellFormed(step))
            return false;
        if (step is EntryReplica entry)
            return IsGood(entry) && AreGood(entry);
        DirRecord dir = MemoryMarshal.Read<DirRecord>(step.Record);
        return PageValidator.IsGood(dir) && dir.ExtHead == 0 && IsIdle(dir.Header) && IsIdle(dir.Replicas);
    }

    /// <summary>The inode of a copied entry that has one.</summary>
    public static InodeFields InodeOf(EntryReplica step) =>
        MemoryMarshal.Read<EntryRecord>(step.Record).Inode;

    /// <summary>Puts the copy's bytes into a record that exists: all but what is the place's own, and locks, which are idle
    /// already or this rank's.</summary>
    public static IoError Store(MetadataCache cache, NodeId node, EntryReplica step)
    {
        IoError error = StoreOwn(cache, node, step);
        cache.SetOwnNonce(node, step.Nonce);
        if (!error.Failed && cache.IsDirectory(node) && cache.FirstDirOf(node) == null && !cache.TryLoadTree(node))
            error = IoError.Invalid;
        return error;
    }

    /// <summary>The same, where the entry is to be this rank's own.</summary>
    public static IoError StoreOwn(MetadataCache cache, NodeId node, EntryReplica step)
    {
        DentryFields fields = MemoryMarshal.Read<DentryFields>(step.Record);
        ref DentryFields dentry = ref cache.WriteDentry(node);
        dentry.First = fields.First;
        dentry.Last = fields.Last;
        dentry.Version = fields.Version;
        if (step.Kind == RecordKind.Entry)
        {
            ref InodeFields inode = ref cache.WriteInode(node);
            InodeFields old = inode;
            inode = InodeOf(step);
            inode.Locks = old.Locks;
            inode.LockGathers = old.LockGathers;
        }

        IoError error = IoError.None;
        for (ExtKind ext = ExtKind.None + 1; (int)ext < ExtLimits.KindCount && !error.Failed; ext++)
        {
            if (ext is ExtKind.Replicas or ExtKind.InodeReplicas)
                continue;
            byte[] value = step.Attributes.FirstOrDefault(each => each.Kind == ext)?.Value ?? [];
            if (value.Length > 0 || cache.ExtLength(node, ext) >= 0)
                error = cache.WriteExt(node, ext, value);
        }

        return error;
    }

    private static bool IsGood(EntryReplica step)
    {
        DentryFields dentry = MemoryMarshal.Read<DentryFields>(step.Record);
        bool isGood = PageValidator.IsGood(dentry) && dentry is { ExtHead: 0, LockState: 0, LockGather: 0 }
            && IsIdle(dentry.Header) && IsIdle(dentry.Replicas)
            && (step.Name.Length == 0 || dentry.Hash == NameHash.Of(step.Name));
        if (!isGood || step.Kind == RecordKind.Link)
            return isGood && step.Name.Length > 0 && PageValidator.IsGood(MemoryMarshal.Read<LinkRecord>(step.Record));
        InodeFields inode = InodeOf(step);
        return PageValidator.IsGood(inode, dentry.Last)
            && AreReplicaStates(inode.Locks) && IsIdle(inode.LockGathers) && IsIdle(inode.Replicas);
    }

    /// <summary>Are the attributes such as an entry may have, each kind once?</summary>
    private static bool AreGood(EntryReplica step)
    {
        ExtKind last = ExtKind.None;
        for (int i = 0; i < step.Attributes.Count; i++)
        {
            ReplicaAttribute attribute = step.Attributes[i];
            bool isGood = attribute.Kind > last && attribute.Kind < ExtKind.Replicas
                && attribute.Value.Length <= ExtLimits.MaxOf(attribute.Kind)
                && attribute.Kind switch
                {
                    ExtKind.FragTree => FragTree.TryDecode(attribute.Value, out _, out _),
                    ExtKind.Xattrs => XattrSet.IsGood(attribute.Value),
                    _ => true,
                };
            if (!isGood)
                return false;
            last = attribute.Kind;
        }

        return step.Kind == RecordKind.Entry || last == ExtKind.None;
    }

    private static bool AreReplicaStates(in LockStates locks)
    {
        foreach (byte state in (ReadOnlySpan<byte>)locks)
        {
            if (!LockRules.IsState(state) || LockRules.ReplicaState((LockState)state) != (LockState)state)
                return false;
        }

        return true;
    }

    /// <summary>All bytes are zero.</summary>
    private static bool IsIdle<T>(in T value)
        where T : unmanaged =>
        !MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ContainsAnyExcept((byte)0);

    private static void Strip(ref DentryFields dentry)
    {
        dentry.Header = default;
        dentry.ExtHead = 0;
        dentry.LockState = 0;
        dentry.LockGather = 0;
        dentry.Replicas = default;
    }
}
