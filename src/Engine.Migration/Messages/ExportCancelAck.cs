using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: nothing of the migration is left here, in memory or in the journal. Source: migrator
/// specification, 3.4 and 4.6 (Δ22).</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what was to move.</param>
public sealed record ExportCancelAck(MigrationId Id, DirFrag Base) : Message, IMigrationMessage;
