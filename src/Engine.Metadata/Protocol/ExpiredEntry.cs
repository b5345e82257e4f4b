namespace Engine.Metadata;

/// <summary>A copy of an entry that was dropped.</summary>
/// <param name="Dir">The dirfrag that it is in, as the sender knows it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Nonce">The number that the copy was given with.</param>
public sealed record ExpiredEntry(DirFrag Dir, byte[] Name, uint Nonce);
