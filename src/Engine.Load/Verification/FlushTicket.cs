namespace Engine.Load;

/// <summary>A flush between <see cref="VerifiedImage.BeginFlush"/> and <see cref="VerifiedImage.EndFlush"/>: what it will
/// cover.</summary>
/// <param name="Newest">Highest generation handed out when the flush began.</param>
/// <param name="InFlight">Generations that were in flight then: not covered.</param>
public sealed record FlushTicket(uint Newest, IReadOnlyList<uint> InFlight);
