using Engine.Metadata;

namespace Engine.Migration;

/// <summary>To a rank with copies: who is authority over the region changes. Source: migrator specification, 2.7.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Attempt">See <see cref="ExportPrep.Attempt"/>.</param>
/// <param name="WantsAck">It is to be answered.</param>
/// <param name="Old">The pair so far; with another one nothing changes.</param>
/// <param name="New">The pair from now on.</param>
/// <param name="Bounds">Where the region ends.</param>
public sealed record ExportNotify(
    MigrationId Id, DirFrag Base, ulong Attempt, bool WantsAck, Authority Old, Authority New, IReadOnlyList<DirFrag> Bounds)
    : Message, IMigrationMessage;
