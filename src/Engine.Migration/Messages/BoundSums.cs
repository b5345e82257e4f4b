using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What is counted of a bound at the dirfrag that the migration leaves where it is. Source: migrator specification, 2.6
/// ("bounding blob").</summary>
/// <param name="Bound">Which.</param>
/// <param name="Stat">Of its entries.</param>
/// <param name="AccountedStat">As last told to its inode.</param>
/// <param name="Recursive">Of everything below.</param>
/// <param name="AccountedRecursive">As last told to its inode.</param>
public sealed record BoundSums(
    DirFrag Bound, FragStat Stat, FragStat AccountedStat, RecursiveStat Recursive, RecursiveStat AccountedRecursive);
