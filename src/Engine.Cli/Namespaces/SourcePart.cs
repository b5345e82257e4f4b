using Engine.Buffers;

namespace Engine.Cli.Namespaces;

/// <summary>What a walk read of a directory: all of it, or one of several parts.</summary>
/// <param name="directory">The directory.</param>
/// <param name="count">Entries that are told of.</param>
internal sealed class SourcePart(ImportDirectory directory, int count)
{
    /// <summary>The directory.</summary>
    public ImportDirectory Directory { get; } = directory;

    /// <summary>Entries of it.</summary>
    public List<SourceEntry> Entries { get; } = new(count);

    /// <summary>Why it could not be opened.</summary>
    public IoError OpenError { get; init; }

    /// <summary>Why it could not be read to its end.</summary>
    public IoError ReadError { get; init; }

    /// <summary>Nothing more of this directory comes.</summary>
    public bool IsLast { get; init; }
}
