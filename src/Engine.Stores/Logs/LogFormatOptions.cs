namespace Engine.Stores;

/// <summary>What formatting a log makes. Sizes in bytes.</summary>
public sealed record LogFormatOptions
{
    /// <summary>Name of the device in messages, for example its path.</summary>
    public string DeviceName { get; init; } = "the device";

    /// <summary>Size of a segment: a multiple of 4096, at most 1 GiB. Space is freed by whole segments, and a record lies within
    /// one.</summary>
    public int SegmentBytes { get; init; } = 8 << 20;

    /// <summary>Most segments at a time, at least 4; null takes what the device has, and 64 in a directory.</summary>
    public long? SegmentCount { get; init; }

    /// <summary>Writes begin and end at multiples of this: a power of two from 512 to 4096, at least the device's block; null
    /// takes what the device writes without reading.</summary>
    public int? UnitBytes { get; init; }

    /// <summary>Identity of the log; null draws a random one.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Refuse data of no known form too: a first or last MiB that is not all zero. For files, which as a rule hold
    /// nothing when nobody needs them; a used disk is seldom zero.</summary>
    public bool RefuseData { get; init; }

    /// <summary>Overwrite what is recognised there, or any data.</summary>
    public bool Force { get; init; }
}
