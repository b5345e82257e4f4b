namespace Engine.Devices;

/// <summary>What a device is like. Lengths in bytes.</summary>
public sealed record DeviceGeometry
{
    /// <summary>Addressable bytes.</summary>
    public required long Capacity { get; init; }

    /// <summary>Smallest addressable unit: requests are multiples of it.</summary>
    public required int LogicalBlock { get; init; }

    /// <summary>Unit that the device writes without reading first.</summary>
    public int PhysicalBlock { get; init; } = 4096;

    /// <summary>Required alignment of buffer addresses.</summary>
    public int MemoryAlignment { get; init; } = 512;

    /// <summary>Most vectors in one request.</summary>
    public int VectorsMax { get; init; } = 1024;

    /// <summary>A volatile write cache: durable needs flush or FUA.</summary>
    public bool HasWriteCache { get; init; }

    /// <summary>FUA of its own, without a flush of the whole cache: a lone disk that says so, opened for direct I/O through a
    /// ring. Stacked devices (device-mapper, md) say so too, and flush below.</summary>
    public bool HasFua { get; init; }

    /// <summary>Discard reaches the device.</summary>
    public bool HasDiscard { get; init; }

    /// <summary>Discarded ranges are known to read as zeros.</summary>
    public bool DiscardZeroes { get; init; }

    /// <summary>Cannot be written.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>A block device, not a regular file.</summary>
    public bool IsBlockDevice { get; init; }
}
