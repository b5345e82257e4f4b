using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer: do you know the directory that I want to give you, and do you have room? Source: migrator
/// specification, 2.2 and 2.4 (I1).</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="From">Where the path begins: the root, or another base inode.</param>
/// <param name="Path">Names from there to the directory's inode.</param>
/// <param name="Bytes">What the region may take: an estimate.</param>
public sealed record ExportDiscover(MigrationId Id, DirFrag Base, Ino From, IReadOnlyList<byte[]> Path, ulong Bytes)
    : Message, IMigrationMessage;
