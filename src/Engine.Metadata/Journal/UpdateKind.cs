namespace Engine.Metadata;

/// <summary>What becomes of what is promised, if it is decided. Numbers are the format's.</summary>
internal enum UpdateKind : uint
{
    /// <summary>The name goes, with its inode.</summary>
    Name = 0,

    /// <summary>The inode has a name more.</summary>
    LinkAdded = 1,

    /// <summary>The inode has a name less.</summary>
    LinkRemoved = 2,

    /// <summary>The name goes, with its inode, which is a directory's: whose its dirfrags are stays as it is.</summary>
    Directory = 3,
}
