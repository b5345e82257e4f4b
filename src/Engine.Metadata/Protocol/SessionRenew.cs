namespace Engine.Metadata;

/// <summary>A client says that it lives.</summary>
/// <param name="Seq">Comes back in <see cref="SessionRenewed"/>.</param>
public sealed record SessionRenew(ulong Seq) : Message;
