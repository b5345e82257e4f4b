namespace Engine.Metadata;

/// <summary>A copy of a dirfrag that was dropped.</summary>
/// <param name="Dir">The dirfrag.</param>
/// <param name="Nonce">The number that the copy was given with.</param>
public sealed record ExpiredDir(DirFrag Dir, uint Nonce);
