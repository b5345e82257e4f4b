using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A dentry that leads to an inode elsewhere, or to nothing.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct LinkRecord
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 96;

    [FieldOffset(0)] public DentryFields Dentry;

    /// <summary>The inode of a remote dentry, else 0.</summary>
    [FieldOffset(72)] public Ino RemoteIno;

    [FieldOffset(80)] public DentryLinkage Linkage;

    /// <summary>File type of the remote inode, as in dirent's d_type.</summary>
    [FieldOffset(81)] public byte RemoteType;
}
