using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A name of a directory, copied out of where it was found.</summary>
internal sealed class SalvagedEntry
{
    public required byte[] Name { get; init; }

    /// <summary>What it leads to; none where the name is known to be gone.</summary>
    public Ino Ino { get; init; }

    /// <summary>The type of what a further name leads to, as in dirent's d_type.</summary>
    public byte RemoteType { get; init; }

    /// <summary>The whole record of a name that has its inode with it; empty for a further name.</summary>
    public byte[] Image { get; init; } = [];

    /// <summary>The record's attributes of variable length.</summary>
    public (ExtKind Kind, byte[] Value)[] Exts { get; init; } = [];

    /// <summary>It was not changed by the journal, which only says with it how to come to something below.</summary>
    public bool IsContext { get; init; }

    public bool IsGone => Ino.IsNone;

    public bool IsPrimary => Image.Length > 0;

    public bool IsDirectory => IsPrimary && FileMode.IsDirectory(Inode.Mode);

    /// <summary>The inode.</summary>
    public ref InodeFields Inode => ref MemoryMarshal.AsRef<EntryRecord>(Image.AsSpan()).Inode;
}
