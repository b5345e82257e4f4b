namespace Engine.Metadata;

/// <summary>To a client: its session is open, and durable.</summary>
public sealed record SessionOpened() : Message;
