using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: the answer to <see cref="ExportDiscover"/>.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Refusal">Why not; none when the directory is known and pinned.</param>
/// <param name="StagingBytesMax">What may be sent before the region is frozen; 0 when nothing may.</param>
public sealed record ExportDiscoverAck(MigrationId Id, DirFrag Base, MigrationRefusal Refusal, ulong StagingBytesMax)
    : Message, IMigrationMessage;
