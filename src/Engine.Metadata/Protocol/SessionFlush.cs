namespace Engine.Metadata;

/// <summary>To a client: say when all messages about capabilities up to a number are processed.</summary>
/// <param name="CapPushSeq">The number of the last one sent.</param>
public sealed record SessionFlush(ulong CapPushSeq) : Message;
