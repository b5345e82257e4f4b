namespace Engine.Stores;

/// <summary>What <see cref="DeviceStore.Format"/> makes. Sizes in bytes.</summary>
public sealed record DeviceStoreFormatOptions
{
    /// <summary>Name of the device in messages, for example its path.</summary>
    public string DeviceName { get; init; } = "the device";

    /// <summary>Size of an object: a multiple of 4096, at most 1 GiB.</summary>
    public int ObjectSize { get; init; } = 4 << 20;

    /// <summary>Identity of the image; null draws a random one.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Length of the image, a multiple of 4096; null takes what the device has.</summary>
    public long? LengthBytes { get; init; }

    /// <summary>Refuse a device that has room for less.</summary>
    public long LengthBytesMin { get; init; }

    /// <summary>Refuse data of no known form too: a first or last MiB that is not all zero. For files, which as a rule hold
    /// nothing when nobody needs them; a used disk is seldom zero.</summary>
    public bool RefuseData { get; init; }

    /// <summary>Overwrite what the device is recognised to hold, or any data that it holds.</summary>
    public bool Force { get; init; }
}
