using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer: the region is frozen, and these are its limits; be ready to receive it. Source: migrator
/// specification, 2.3 (X4), 2.4 (I2), 2.5.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Attempt">Orders all attempts to move what lies in it (4.6, Δ21).</param>
/// <param name="Root">A copy of the root dirfrag.</param>
/// <param name="Bounds">Where the region ends: subtrees below that do not move.</param>
/// <param name="Trace">Copies of everything between the root and the inodes of the bounds, each behind what it lies in.</param>
/// <param name="Bystanders">Ranks, bit r for rank r, that have copies of the root.</param>
public sealed record ExportPrep(
    MigrationId Id, DirFrag Base, ulong Attempt, DirReplica Root, IReadOnlyList<DirFrag> Bounds,
    IReadOnlyList<ReplicaStep> Trace, ulong Bystanders)
    : Message, IMigrationMessage;
