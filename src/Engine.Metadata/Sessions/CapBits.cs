namespace Engine.Metadata;

/// <summary>
/// What a client may do with an inode without asking: bits for each of the locks that clients share in. Two bits (shared,
/// exclusive) for authorship, links and extended attributes, eight for the file. Values are sent and stored. Source: migrator
/// specification, 1.12.
/// </summary>
[Flags]
public enum CapBits : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The inode is known to the client.</summary>
    Pin = 1,

    /// <summary>Owner and mode may be cached.</summary>
    AuthShared = (uint)LockCaps.Shared << 2,

    /// <summary>Owner and mode may be changed.</summary>
    AuthExclusive = (uint)LockCaps.Exclusive << 2,

    /// <summary>The count of links may be cached.</summary>
    LinkShared = (uint)LockCaps.Shared << 4,

    /// <summary>The count of links may be changed.</summary>
    LinkExclusive = (uint)LockCaps.Exclusive << 4,

    /// <summary>Extended attributes may be cached.</summary>
    XattrShared = (uint)LockCaps.Shared << 6,

    /// <summary>Extended attributes may be changed.</summary>
    XattrExclusive = (uint)LockCaps.Exclusive << 6,

    /// <summary>Size and times may be cached.</summary>
    FileShared = (uint)LockCaps.Shared << 8,

    /// <summary>Size and times may be changed.</summary>
    FileExclusive = (uint)LockCaps.Exclusive << 8,

    /// <summary>What was read may be kept.</summary>
    FileCache = (uint)LockCaps.Cache << 8,

    /// <summary>Data may be read.</summary>
    FileRead = (uint)LockCaps.Read << 8,

    /// <summary>Data may be written.</summary>
    FileWrite = (uint)LockCaps.Write << 8,

    /// <summary>What was written may be kept back.</summary>
    FileBuffer = (uint)LockCaps.Buffer << 8,

    /// <summary>The file may be extended.</summary>
    FileExtend = (uint)LockCaps.Extend << 8,

    /// <summary>Caching that the application itself keeps coherent.</summary>
    FileLazy = (uint)LockCaps.Lazy << 8,

    /// <summary>All bits.</summary>
    All = 0xFFFD,
}
