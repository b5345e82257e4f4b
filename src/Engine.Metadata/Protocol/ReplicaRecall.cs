namespace Engine.Metadata;

/// <summary>An authority is about to change what a name leads to: who has a copy of the entry drops it, with everything below it,
/// and says so by <see cref="CacheExpire"/>.</summary>
/// <param name="Dir">The dirfrag that the entry is in.</param>
/// <param name="Name">Its name.</param>
public sealed record ReplicaRecall(DirFrag Dir, byte[] Name) : Message;
