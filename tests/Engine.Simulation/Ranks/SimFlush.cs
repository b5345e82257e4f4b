using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A flush of a simulated client that is on its way.</summary>
/// <param name="Ino">Of which inode.</param>
/// <param name="Tid">Its number.</param>
/// <param name="Bits">Bits under which something changed.</param>
/// <param name="Size">The length that it tells, bytes.</param>
internal sealed record SimFlush(Ino Ino, ulong Tid, CapBits Bits, long Size)
{
    /// <summary>Where it is in the history.</summary>
    public int At { get; set; }

    /// <summary>The shortest length that a request might set which was without an answer when it was sent.</summary>
    public long LeastSize { get; set; }

    /// <summary>Requests that set a length, before it was sent.</summary>
    public int Shrinks { get; set; }
}
