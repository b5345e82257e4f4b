namespace Engine.Metadata;

/// <summary>Attributes that a client changed under exclusive bits; the dirty bits tell which count. Times are nanoseconds since
/// 1970, lengths bytes.</summary>
public readonly record struct CapAttributes
{
    /// <summary>Permission bits, 07777; with <see cref="CapBits.AuthExclusive"/>.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner; with <see cref="CapBits.AuthExclusive"/>.</summary>
    public uint Uid { get; init; }

    /// <summary>Group; with <see cref="CapBits.AuthExclusive"/>.</summary>
    public uint Gid { get; init; }

    /// <summary>Length; with the file's bits. A file never gets shorter by it.</summary>
    public long Size { get; init; }

    /// <summary>Last change of content; with the file's bits.</summary>
    public long ModifiedAt { get; init; }

    /// <summary>Last access; with the file's bits.</summary>
    public long AccessedAt { get; init; }

    /// <summary>Last change of content or attributes.</summary>
    public long ChangedAt { get; init; }
}
