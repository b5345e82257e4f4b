using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: the answer to <see cref="ExportPrep"/>.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Refusal">Why not; none when the importer is ready.</param>
public sealed record ExportPrepAck(MigrationId Id, DirFrag Base, MigrationRefusal Refusal) : Message, IMigrationMessage;
