namespace Engine.Metadata;

/// <summary>A client says, after a restart of the rank or the end of the channel, what it has. Flushes that were not acknowledged
/// and requests that are not safe follow.</summary>
/// <param name="Caps">Its capabilities.</param>
public sealed record Reconnect(IReadOnlyList<CapReconnect> Caps) : Message;
