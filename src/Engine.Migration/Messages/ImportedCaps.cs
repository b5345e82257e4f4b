using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What the importer made of capabilities on an inode.</summary>
/// <param name="Ino">The inode.</param>
/// <param name="Caps">A record for each client that could be taken.</param>
public sealed record ImportedCaps(Ino Ino, IReadOnlyList<CapImportRecord> Caps);
