using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Capabilities on an inode that moves.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Caps">A record for each client.</param>
public sealed record ExportedCaps(Ino Ino, IReadOnlyList<CapExportRecord> Caps);
