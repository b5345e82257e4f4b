using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>What a sector may hold when it is read.</summary>
/// <param name="Oldest">Oldest generation that is right; 0 when what was there before the first write is right too.</param>
/// <param name="Newest">Newest generation that is right.</param>
/// <param name="Raced">A write of the sector was in flight during the read: a mixture of old and new content is no fault.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SectorExpectation(uint Oldest, uint Newest, bool Raced);
