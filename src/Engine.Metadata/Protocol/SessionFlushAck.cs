namespace Engine.Metadata;

/// <summary>Answer to <see cref="SessionFlush"/>.</summary>
/// <param name="CapPushSeq">Messages about capabilities that the client has processed.</param>
public sealed record SessionFlushAck(ulong CapPushSeq) : Message;
