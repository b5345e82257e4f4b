using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer: the region is yours, durably. Source: migrator specification, 2.3 (X10, X12).</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moved.</param>
/// <param name="IsLast">All ranks with copies know, too: serve.</param>
/// <param name="Entries">Entries that the exporter keeps as copies; with the last one.</param>
/// <param name="Dirs">Dirfrags that it keeps as copies.</param>
public sealed record ExportFinish(
    MigrationId Id, DirFrag Base, bool IsLast, IReadOnlyList<ExpiredEntry> Entries, IReadOnlyList<ExpiredDir> Dirs)
    : Message, IMigrationMessage;
