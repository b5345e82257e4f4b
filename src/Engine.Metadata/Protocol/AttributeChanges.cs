namespace Engine.Metadata;

/// <summary>Attributes to set; null leaves one as it is. Times are nanoseconds since 1970.</summary>
public readonly record struct AttributeChanges
{
    /// <summary>Permission bits, 07777.</summary>
    public uint? Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint? Uid { get; init; }

    /// <summary>Group.</summary>
    public uint? Gid { get; init; }

    /// <summary>Length in bytes.</summary>
    public long? Size { get; init; }

    /// <summary>Time of the last access.</summary>
    public long? AccessedAt { get; init; }

    /// <summary>Time of the last change of content.</summary>
    public long? ModifiedAt { get; init; }

    /// <summary>The access time becomes the rank's present time; needs no ownership.</summary>
    public bool AccessedNow { get; init; }

    /// <summary>The modification time becomes the rank's present time; needs no ownership.</summary>
    public bool ModifiedNow { get; init; }
}
