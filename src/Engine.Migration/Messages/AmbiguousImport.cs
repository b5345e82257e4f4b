using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A region that a rank has in its journal and does not know whether it got. Source: migrator specification, 4.3 and
/// 4.6.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">Its root.</param>
/// <param name="Attempt">Of several, the greatest that covers a dirfrag is the one that happened (Δ21).</param>
/// <param name="Bounds">Where it ends.</param>
public sealed record AmbiguousImport(MigrationId Id, DirFrag Base, ulong Attempt, IReadOnlyList<DirFrag> Bounds);
