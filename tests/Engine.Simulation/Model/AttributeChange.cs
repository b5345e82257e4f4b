namespace Engine.Simulation;

/// <summary>A change of attributes; what is null stays.</summary>
public readonly record struct AttributeChange
{
    /// <summary>Permission bits, with set-user, set-group and sticky.</summary>
    public uint? Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint? Uid { get; init; }

    /// <summary>Group.</summary>
    public uint? Gid { get; init; }

    /// <summary>Bytes of a file.</summary>
    public long? Size { get; init; }

    /// <summary>Time of the last modification, in microseconds.</summary>
    public long? ModifiedMicros { get; init; }
}
