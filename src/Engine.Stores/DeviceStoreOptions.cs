namespace Engine.Stores;

/// <summary>How a <see cref="DeviceStore"/> runs.</summary>
public sealed record DeviceStoreOptions
{
    /// <summary>Name of the device in messages, for example its path.</summary>
    public string DeviceName { get; init; } = "the device";

    /// <summary>Most operations at once; one more ends with EAGAIN.</summary>
    public int OperationsMax { get; init; } = 1024;

    /// <summary>Most memory segments in one operation; the device's own limit applies too.</summary>
    public int SegmentsMax { get; init; } = 256;

    /// <summary>Rewrite a bad superblock copy from the good one when opening; never done on a read-only device.</summary>
    public bool Repair { get; init; } = true;
}
