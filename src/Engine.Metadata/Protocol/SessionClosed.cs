namespace Engine.Metadata;

/// <summary>To a client: it has no session here, and no capabilities.</summary>
/// <param name="Reason">Why.</param>
public sealed record SessionClosed(SessionEnd Reason) : Message;
