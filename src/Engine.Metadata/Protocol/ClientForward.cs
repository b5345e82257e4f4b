namespace Engine.Metadata;

/// <summary>To a client: another rank serves its request; it is to be sent there. Nothing of it was done. Source: migrator
/// specification, appendix B.</summary>
/// <param name="Tid">The request.</param>
/// <param name="To">The rank.</param>
/// <param name="Hops">What the request's <see cref="ClientRequest.Hops"/> is to say.</param>
public sealed record ClientForward(ulong Tid, RankId To, byte Hops) : Message;
