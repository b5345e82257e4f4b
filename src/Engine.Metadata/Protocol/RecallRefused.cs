namespace Engine.Metadata;

/// <summary>Answers <see cref="ReplicaRecall"/>: the sender is authority over something below the entry and keeps the way to
/// it.</summary>
/// <param name="Dir">The dirfrag that the entry is in.</param>
/// <param name="Name">Its name.</param>
public sealed record RecallRefused(DirFrag Dir, byte[] Name) : Message;
