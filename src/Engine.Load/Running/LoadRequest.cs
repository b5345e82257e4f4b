using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>One request of a load: <c>Offset~Length</c> in bytes, not before <c>DueAt</c> (a
/// <see cref="System.Diagnostics.Stopwatch"/> time stamp; 0 = at once).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoadRequest(LoadOperation Operation, long Offset, int Length, long DueAt = 0)
{
    public long FirstSector => Offset / SectorPattern.SectorSize;

    public int SectorCount => Length / SectorPattern.SectorSize;
}
