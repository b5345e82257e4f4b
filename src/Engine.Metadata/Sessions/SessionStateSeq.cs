namespace Engine.Metadata;

/// <summary>A state of a session: what waits for the journal acts only if the session has not changed its state again.</summary>
/// <param name="Client">Whose session.</param>
/// <param name="Seq">Counts the session's states.</param>
public readonly record struct SessionStateSeq(ClientId Client, ulong Seq);
