namespace Engine.Metadata;

/// <summary>To a client: it was not heard of for too long, and others may have what it held; it is to renew.</summary>
public sealed record SessionStale() : Message;
