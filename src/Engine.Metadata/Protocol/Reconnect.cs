namespace Engine.Metadata;

/// <summary>A client says, after a restart of the rank, what it has. Requests that are not safe follow.</summary>
/// <param name="Caps">Its capabilities.</param>
public sealed record Reconnect(IReadOnlyList<CapReconnect> Caps) : Message;
