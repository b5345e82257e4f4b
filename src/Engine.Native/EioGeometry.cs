using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>Mirror of <c>struct eio_geometry</c>; lengths in bytes, the yes-or-no fields are 0 or 1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EioGeometry
{
    internal ulong Capacity;
    internal uint LogicalBlock;
    internal uint PhysicalBlock;
    internal uint MemoryAlignment;
    internal uint OffsetAlignment;
    internal EioKind Kind;
    internal uint ReadOnly;
    internal uint WriteCache;
    internal uint Fua;
    internal uint Discard;
    internal uint Rotational;
    internal ulong DiscardGranularity;
    internal ulong MaxTransfer;
    internal uint Major;
    internal uint Minor;
    internal ulong Reserved;
}
