namespace Engine.Metadata;

/// <summary>To a client: the rank cannot store any more; nothing can be changed, dirty state will not be taken.</summary>
public sealed record SessionReadOnly() : Message;
