using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Statistics of a dirfrag's own entries. Times in ns since 1970.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public record struct FragStat
{
    [FieldOffset(0)] public ulong Version;
    [FieldOffset(8)] public long Mtime;
    [FieldOffset(16)] public ulong ChangeAttr;
    [FieldOffset(24)] public uint Files;
    [FieldOffset(28)] public uint Subdirs;
}
