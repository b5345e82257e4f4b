using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>Mirror of <c>struct eio_ring_options</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EioRingOptions
{
    internal EioEngine Engine;

    /// <summary>Most requests in flight, 1 to 4096.</summary>
    internal uint Entries;
    internal int Fd;

    /// <summary>Out: what the kernel granted.</summary>
    internal EioRingFeatures Features;

    /// <summary>In: what to try; none means all.</summary>
    internal EioRingFeatures Wanted;
    internal uint Reserved0;
    internal uint Reserved1;
    internal uint Reserved2;
}
