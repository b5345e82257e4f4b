namespace Engine.Metadata;

/// <summary>
/// The entry or inode that a lock belongs to, with what orders locks in the same way on every rank: entries before inodes;
/// entries by directory and hash of the name; inodes by number. Source: migrator specification, 1.9.
/// </summary>
public readonly record struct LockObject : IComparable<LockObject>
{
    private LockObject(bool isInode, Ino ino, uint nameHash, NodeId node)
    {
        IsInode = isInode;
        Ino = ino;
        NameHash = nameHash;
        Node = node;
    }

    /// <summary>An inode, or an entry?</summary>
    public bool IsInode { get; }

    /// <summary>The inode; of an entry, its directory.</summary>
    public Ino Ino { get; }

    /// <summary>Of an entry: the hash of its name.</summary>
    public uint NameHash { get; }

    /// <summary>The node in this rank's cache. It orders only two names of one directory that have one hash.</summary>
    public NodeId Node { get; }

    /// <summary>An inode.</summary>
    public static LockObject OfInode(Ino ino, NodeId node) => new(true, ino, 0, node);

    /// <summary>An entry of a directory.</summary>
    public static LockObject OfEntry(Ino directory, uint nameHash, NodeId node) => new(false, directory, nameHash, node);

    /// <inheritdoc/>
    public int CompareTo(LockObject other)
    {
        int order = IsInode.CompareTo(other.IsInode);
        if (order == 0)
            order = Ino.CompareTo(other.Ino);
        if (order == 0)
            order = NameHash.CompareTo(other.NameHash);
        return order != 0 ? order : Node.Value.CompareTo(other.Node.Value);
    }

    /// <inheritdoc/>
    public override string ToString() => IsInode ? $"inode {Ino}" : $"entry {Ino}/{NameHash:x6}";
}
