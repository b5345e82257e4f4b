using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Who has the inode of a directory that another rank serves tells that one where the directory is to be. Source:
/// migrator specification, 2.9.</summary>
/// <param name="Ino">The directory.</param>
/// <param name="To">The rank that it, or the nearest one above it that says so, is pinned to; none where it is free.</param>
public sealed record PinNews(Ino Ino, RankId To) : Message;
