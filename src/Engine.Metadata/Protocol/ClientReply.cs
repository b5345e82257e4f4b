using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The outcome of a request.</summary>
/// <param name="Tid">The request.</param>
/// <param name="Error">None, or why nothing was done.</param>
public sealed record ClientReply(ulong Tid, IoError Error) : Message
{
    /// <summary>The change is durable. A change is answered twice: as soon as it is made, and as soon as it is safe.</summary>
    public bool IsSafe { get; init; } = true;

    /// <summary>The object's attributes.</summary>
    public FileStat Stat { get; init; }

    /// <summary>Entries of a listing.</summary>
    public IReadOnlyList<DirectoryItem> Items { get; init; } = [];

    /// <summary>Where the listing goes on; the start again when it is over.</summary>
    public DirectoryCursor Cursor { get; init; }

    /// <summary>The listing reached the end.</summary>
    public bool IsEnd { get; init; }

    /// <summary>What the client may do with the inode that it opened; null where it knows that already, or opened none.</summary>
    public CapGrant? Caps { get; init; }

    /// <summary>A link's target, an attribute's value, or the names of attributes, each ended by a zero byte.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }
}
