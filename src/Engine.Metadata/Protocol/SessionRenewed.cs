namespace Engine.Metadata;

/// <summary>To a client: its <see cref="SessionRenew"/> arrived, capabilities hold for another period from when it was
/// sent.</summary>
/// <param name="Seq">That of the request.</param>
public sealed record SessionRenewed(ulong Seq) : Message;
