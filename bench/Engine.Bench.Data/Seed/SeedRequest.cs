namespace Engine.Bench.Data;

/// <summary>What is asked of the store for a piece. It names what it is about, and looks it up when it is answered.</summary>
/// <param name="Number">The object.</param>
/// <param name="Start">From there.</param>
/// <param name="Length">So many bytes.</param>
/// <param name="Tid">Number of the request, which the piece notes.</param>
internal sealed record SeedRequest(long Number, long Start, long Length, ulong Tid);
