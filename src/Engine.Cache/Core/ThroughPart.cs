namespace Engine.Cache;

/// <summary>The part <c>[Start, End)</c> of a block that a write in flight carries for a write-through, and for nobody who came
/// after it.</summary>
internal readonly record struct ThroughPart(int Block, int Start, int End);
