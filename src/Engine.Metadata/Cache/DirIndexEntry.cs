using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>One entry of a dirfrag in the order of its index. As one little-endian number it compares by hash first: bulk loads
/// sort numbers.</summary>
[StructLayout(LayoutKind.Sequential, Size = sizeof(ulong))]
internal struct DirIndexEntry
{
    public int Node;

    /// <summary>24-bit hash of the name.</summary>
    public uint Hash;
}
