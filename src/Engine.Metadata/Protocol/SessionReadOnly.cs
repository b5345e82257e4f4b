namespace Engine.Metadata;

/// <summary>To a client: the rank's store has become read-only. Changes are refused with EROFS until it can be written again,
/// so nothing more is to be changed without asking; what the client has changed is taken, into the journal.</summary>
public sealed record SessionReadOnly() : Message;
