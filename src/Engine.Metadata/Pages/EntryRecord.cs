using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A primary dentry fused with its inode. Source: migrator specification, 8.3.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct EntryRecord
{
    /// <summary>Size of the structure.</summary>
    public const int Bytes = 512;

    [FieldOffset(0)] public DentryFields Dentry;
    [FieldOffset(DentryFields.Bytes)] public InodeFields Inode;
}
