using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer: it came to nothing. Answered by <see cref="ExportCancelAck"/> in any state; sent again until it
/// is. Source: migrator specification, 3.4.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what was to move.</param>
/// <param name="Reason">Why.</param>
public sealed record ExportCancel(MigrationId Id, DirFrag Base, MigrationRefusal Reason) : Message, IMigrationMessage;
