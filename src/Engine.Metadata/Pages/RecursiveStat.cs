using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Statistics of everything below. Times in ns since 1970.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public record struct RecursiveStat
{
    [FieldOffset(0)] public ulong Version;
    [FieldOffset(8)] public long Ctime;
    [FieldOffset(16)] public ulong Bytes;
    [FieldOffset(24)] public ulong Files;
    [FieldOffset(32)] public uint Subdirs;
    [FieldOffset(36)] public uint SnapRealms;
}
