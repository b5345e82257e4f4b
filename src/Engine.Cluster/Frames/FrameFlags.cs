namespace Engine.Cluster;

/// <summary>Bits of a frame of <see cref="FrameKind.Pages"/>.</summary>
[Flags]
public enum FrameFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>First piece of its transfer: carries the message.</summary>
    First = 1,

    /// <summary>Last piece of its transfer.</summary>
    Last = 2,

    /// <summary>The pages carry their own checksums, which their taker checks: the frame's covers only what lies before
    /// them.</summary>
    Sealed = 4,
}
