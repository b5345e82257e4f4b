namespace Engine.Load;

/// <summary>Consecutive sectors with equal generations: <c>Submitted</c> is the last one handed to the volume, <c>Settled</c> the
/// last one known to be in place (0 = none).</summary>
public readonly record struct GenerationRun(long FirstSector, int Count, uint Submitted, uint Settled);
