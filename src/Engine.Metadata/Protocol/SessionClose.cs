namespace Engine.Metadata;

/// <summary>A client asks for the end of its session.</summary>
/// <param name="CapPushSeq">Messages about capabilities that it has processed; the rank ignores the request when it has sent
/// more.</param>
public sealed record SessionClose(ulong CapPushSeq) : Message;
