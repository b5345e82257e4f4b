namespace Engine.Cluster;

/// <summary>How much may wait to be sent on one connection.</summary>
/// <param name="ControlBytesMax">Bytes of frames without pages.</param>
/// <param name="PageBytesMax">Bytes of pages; one transfer may be longer when it waits alone.</param>
public readonly record struct SendLimits(int ControlBytesMax, long PageBytesMax)
{
    /// <summary>Limits for a peer about which nothing more is known.</summary>
    public static SendLimits Usual => new(16 << 20, 64L << 20);
}
