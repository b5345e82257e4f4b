using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What a cache keeps of a node beside its record on a page; rebuilt wherever the page goes.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct NodeSide
{
    public const int Bytes = 48;

    /// <summary>Page of the record.</summary>
    public PageId Page;

    /// <summary>Slot of the record on the page.</summary>
    public ushort Slot;

    /// <summary>Open dirfrags of the inode that have auth pins at or below them and are no subtree roots.</summary>
    public ushort NestedAuthPins;

    public NodeState State;

    /// <summary>The dirfrag that holds the entry; 0 for base inodes.</summary>
    public int Dir;

    /// <summary>Pins of all kinds.</summary>
    public int Pins;

    public int AuthPins;

    /// <summary>The first of the inode's open dirfrags; 0 when none is open. While the node is free: the next free
    /// node.</summary>
    public int FirstDir;

    /// <summary>Index of the managed companion; 0 when there is none.</summary>
    public int Companion;

    /// <summary>Among nodes that trimming may take.</summary>
    public LinkNode Lru;

    /// <summary>Among the dirty nodes of its dirfrag, in order of version.</summary>
    public LinkNode Dirty;
}
