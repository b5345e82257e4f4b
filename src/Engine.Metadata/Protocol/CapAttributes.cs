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

    /// <summary>What two flushes say together.</summary>
    /// <param name="bits">Bits of the later one.</param>
    /// <param name="later">What it says.</param>
    /// <param name="before">Bits of the earlier one.</param>
    /// <param name="earlier">What that says.</param>
    public static CapAttributes Over(CapBits bits, in CapAttributes later, CapBits before, in CapAttributes earlier)
    {
        if (bits == CapBits.None || before == CapBits.None)
            return bits == CapBits.None ? earlier : later;
        bool tellsOwner = (bits & CapBits.AuthExclusive) != 0;
        bool tellsFile = (bits & ~(CapBits.AuthExclusive | CapBits.Pin)) != 0;
        CapAttributes owner = tellsOwner ? later : earlier;
        CapAttributes file = tellsFile ? later : earlier;
        return new CapAttributes
        {
            Mode = owner.Mode,
            Uid = owner.Uid,
            Gid = owner.Gid,
            Size = Math.Max(later.Size, earlier.Size),
            ModifiedAt = file.ModifiedAt,
            AccessedAt = file.AccessedAt,
            ChangedAt = Math.Max(later.ChangedAt, earlier.ChangedAt),
        };
    }
}
