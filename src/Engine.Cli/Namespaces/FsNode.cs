using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>A name met on a walk.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Name">The last part.</param>
/// <param name="Stat">What it leads to.</param>
internal readonly record struct FsNode(ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Name, FileStat Stat);
