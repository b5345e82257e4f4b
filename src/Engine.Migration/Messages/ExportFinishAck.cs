using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Importer to exporter: that the region is mine is in my journal, durably: I will not ask any more. Without it the last
/// <see cref="ExportFinish"/> is sent again.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moved.</param>
public sealed record ExportFinishAck(MigrationId Id, DirFrag Base) : Message, IMigrationMessage;
