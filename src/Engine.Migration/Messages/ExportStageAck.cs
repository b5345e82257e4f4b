using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: the answer to <see cref="ExportStage"/>.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Number">As in the message.</param>
/// <param name="Refusal">Why the migration is over; none when the pages are kept.</param>
public sealed record ExportStageAck(MigrationId Id, DirFrag Base, uint Number, MigrationRefusal Refusal)
    : Message, IMigrationMessage;
