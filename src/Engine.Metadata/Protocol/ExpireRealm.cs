namespace Engine.Metadata;

/// <summary>Copies dropped within one subtree.</summary>
/// <param name="Root">Root of the subtree, as the sender knows it.</param>
/// <param name="Entries">Entries, with their inodes.</param>
/// <param name="Dirs">Dirfrags.</param>
public sealed record ExpireRealm(DirFrag Root, IReadOnlyList<ExpiredEntry> Entries, IReadOnlyList<ExpiredDir> Dirs);
