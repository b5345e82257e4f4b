using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank with a copy of an inode to its authority: take over the capabilities that clients have here. Source: migrator
/// specification, 2.8.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Tid">The sender's number, by which it is answered.</param>
/// <param name="Caps">The capabilities.</param>
/// <param name="Clients">Their clients.</param>
public sealed record ExportCaps(
    Ino Ino, ulong Tid, IReadOnlyList<CapExportRecord> Caps, IReadOnlyList<ImportedClient> Clients) : Message;
