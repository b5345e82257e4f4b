namespace Engine.Cache;

/// <summary>The part <c>[Start, End)</c> of a block that a write in flight carries for somebody who waits for it.</summary>
/// <param name="Settlement">Who waits.</param>
/// <param name="Block">The block: it stays open while the write is in flight.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Behind the last byte.</param>
/// <param name="IsThrough">Carried for a write-through, and for nobody who came after it: dropped should it fail.</param>
internal readonly record struct CoveredPart(Settlement Settlement, int Block, int Start, int End, bool IsThrough);
