using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Between records on pages and their copies in messages: what is the place's own (slot, attributes' links, who has
/// copies) stays behind, and locks are idle in the copy.</summary>
internal static class ReplicaImage
{
    /// <summary>Copies an entry.</summary>
    public static EntryReplica OfEntry(MetadataCache cache, NodeId node, Ino directory, uint nonce)
    {
        byte[] record;
        RecordKind kind = cache.HasInode(node) ? RecordKind.Entry : RecordKind.Link;
        if (kind == RecordKind.Entry)
        {
            EntryRecord entry = cache.Entry(node);
            Strip(ref entry.Dentry);
            entry.Inode.Locks = default;
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

    /// <summary>Is the record as long as its kind says?</summary>
    public static bool IsWellFormed(ReplicaStep step) => step.Record.Length == step switch
    {
        EntryReplica { Kind: RecordKind.Entry } => EntryRecord.Bytes,
        EntryReplica { Kind: RecordKind.Link } => LinkRecord.Bytes,
        DirReplica => DirRecord.Bytes,
        _ => -1,
    };

    /// <summary>The inode of a copied entry that has one.</summary>
    public static InodeFields InodeOf(EntryReplica step) =>
        MemoryMarshal.Read<EntryRecord>(step.Record).Inode;

    /// <summary>Puts the copy's bytes into a record that exists: all but what is the place's own, and locks, which are idle
    /// already or this rank's.</summary>
    public static IoError Store(MetadataCache cache, NodeId node, EntryReplica step)
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

        cache.SetOwnNonce(node, step.Nonce);
        if (!error.Failed && cache.IsDirectory(node) && cache.FirstDirOf(node) == null && !cache.TryLoadTree(node))
            error = IoError.Invalid;
        return error;
    }

    private static void Strip(ref DentryFields dentry)
    {
        dentry.Header = default;
        dentry.ExtHead = 0;
        dentry.LockState = 0;
        dentry.LockGather = 0;
        dentry.Replicas = default;
    }
}
