using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// A block of an object: what is known of its bytes, their memory, and the lists it is on. All references are 32-bit indices
/// into the core's slabs; 0 means none.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CachedBlock
{
    /// <summary>Eight sector states, valid while <see cref="ByteMap"/> is 0.</summary>
    public ulong Sectors;

    /// <summary>Memory; null while no unit has data and no read fills it.</summary>
    public BufferHandle Buffer;

    public BlockLists Lists;

    /// <summary>The block is charged to the dirty budget: it is dirty or has a write in flight.</summary>
    public bool Charged;

    /// <summary>Its dirty units cannot be issued before an operation in flight for the block, or a fence, ends.</summary>
    public bool Parked;

    /// <summary>A read is in flight that completes a dirty part to the store's write alignment.</summary>
    public bool Filling;

    /// <summary>What the eviction policy remembers of the block: <see cref="EvictionBits"/>. It lies beside what a hit reads
    /// anyway.</summary>
    public byte Eviction;

    /// <summary>Index of the 4096 byte states that replace the sectors after a request split a sector.</summary>
    public int ByteMap;

    public int Object;

    /// <summary>Block number within the object.</summary>
    public long Number;

    /// <summary>Parts of this block that I/O is in flight for.</summary>
    public int FirstPiece;

    /// <summary>Reads that wait for, or hold, this block, in order of arrival.</summary>
    public int FirstWait;

    public int LastWait;

    /// <summary>Flushes and write-throughs that wait for dirty units of this block to be issued.</summary>
    public int FirstCover;

    /// <summary>Links of an eviction list, or of the age or retry list: a block is on one of them.</summary>
    public LinkNode Order;

    /// <summary>Links of the list of unstable blocks.</summary>
    public LinkNode Unstable;

    /// <summary>Links of the list of blocks with covered units to issue.</summary>
    public LinkNode Urgent;

    /// <summary>Clock time stamp of the oldest dirty byte; meaningless while nothing is dirty.</summary>
    public long FirstDirty;

    /// <summary>Ticks of the newest modification time given by a writer.</summary>
    public long ModifiedAt;
}
