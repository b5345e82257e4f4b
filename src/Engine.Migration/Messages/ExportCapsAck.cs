using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The authority's answer to <see cref="ExportCaps"/>; always sent (Δ12). Source: migrator specification,
/// 2.8.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Tid">As asked.</param>
/// <param name="Refusal">Why not: try again later.</param>
/// <param name="Imported">What became of them; a client without a record could not be taken.</param>
public sealed record ExportCapsAck(Ino Ino, ulong Tid, MigrationRefusal Refusal, IReadOnlyList<CapImportRecord> Imported)
    : Message;
