using System.Runtime.InteropServices;

namespace Engine.Buffers;

/// <summary>
/// What the pool knows of a block. <see cref="Word"/> packs generation (32 bits), in-flight count (12) and references (20), so
/// that one compare-and-swap decides a release against a retain or a mark. References are 0 exactly while the block is free.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BlockState
{
    public const ulong ReferenceOne = 1;
    public const ulong ReferenceMask = (1UL << 20) - 1;
    public const ulong InFlightOne = 1UL << 20;
    public const ulong InFlightMask = ((1UL << 12) - 1) << 20;

    public ulong Word;

    /// <summary>Next free block on the central list; 0 ends it.</summary>
    public uint NextFree;

    /// <summary>Changes whenever the bytes may have changed under a checksum; see <see cref="BufferPool.NoteWritten"/>.</summary>
    public uint ContentVersion;

    public static uint Generation(ulong word) => (uint)(word >> 32);

    public static int References(ulong word) => (int)(word & ReferenceMask);

    public static int InFlight(ulong word) => (int)((word & InFlightMask) >> 20);
}
