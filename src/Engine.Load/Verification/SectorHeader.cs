using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>What the first 48 bytes of a patterned sector say; see <see cref="SectorPattern"/> for the layout.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SectorHeader(PatternIdentity Identity, long Sector, uint Generation);
