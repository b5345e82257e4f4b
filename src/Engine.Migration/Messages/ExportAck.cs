using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: the region is in my journal, durably. Source: migrator specification, 2.4 (I4).</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Attempt">See <see cref="ExportPrep.Attempt"/>.</param>
/// <param name="Refusal">Why the region was not taken; none when it was.</param>
/// <param name="Imported">What became of the capabilities that came along.</param>
public sealed record ExportAck(
    MigrationId Id, DirFrag Base, ulong Attempt, MigrationRefusal Refusal, IReadOnlyList<ImportedCaps> Imported)
    : Message, IMigrationMessage;
