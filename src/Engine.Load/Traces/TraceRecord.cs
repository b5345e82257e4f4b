using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>One request of a block trace.</summary>
/// <param name="Time">Seconds, from any beginning.</param>
/// <param name="Operation">What was asked for.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sector">First 512-byte sector.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TraceRecord(double Time, TraceOperation Operation, int Length, long Sector)
{
    /// <summary>First byte.</summary>
    public long Offset => Sector * SectorPattern.SectorSize;

    /// <summary>First byte after the request.</summary>
    public long End => Offset + Length;
}
