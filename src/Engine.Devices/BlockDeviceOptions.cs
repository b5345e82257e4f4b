using Engine.Buffers;

namespace Engine.Devices;

/// <summary>How <see cref="BlockDevice.Open"/> opens a device or file.</summary>
public sealed record BlockDeviceOptions
{
    /// <summary>Largest <see cref="QueueDepth"/>; the shim's limit.</summary>
    public const int QueueDepthMax = 4096;

    /// <summary>The engine to use. Anything but <see cref="DeviceEngine.Auto"/> is a demand: a refusal is an error.</summary>
    public DeviceEngine Engine { get; init; }

    /// <summary>Opens for reading only; every request that modifies then fails with EROFS.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Bypasses the page cache. A file system that refuses it is used buffered, and <see cref="IBlockDevice.Engine"/>
    /// says so.</summary>
    public bool Direct { get; init; } = true;

    /// <summary>Refuses a device that is mounted or held, and a device or file that another process has locked. A device that is
    /// opened for reading only is kept from those who write, all else from everybody.</summary>
    public bool Exclusive { get; init; } = true;

    /// <summary>Refuses a device or file that another process has locked for itself, and keeps it from being locked so, beside
    /// any number of others who do the same. Not together with <see cref="Exclusive"/>.</summary>
    public bool Shared { get; init; }

    /// <summary>Most requests in flight in the ring, and as many again in the queue before it; 1 to 4096.</summary>
    public int QueueDepth { get; init; } = 256;

    /// <summary>Threads of the synchronous engine; 1 to 64.</summary>
    public int SyncThreads { get; init; } = 4;

    /// <summary>Payload memory to register with io_uring, so that the kernel need not pin it per request. Where the kernel
    /// refuses (ENOMEM under a low memlock limit) the device goes on without, and <see cref="IBlockDevice.Engine"/> says
    /// so.</summary>
    public IReadOnlyList<IoVector> PayloadRegions { get; init; } = [];
}
