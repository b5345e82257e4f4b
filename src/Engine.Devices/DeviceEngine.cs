namespace Engine.Devices;

/// <summary>Who carries a device's asynchronous requests.</summary>
public enum DeviceEngine
{
    /// <summary>The first that the kernel grants of io_uring, libaio, synchronous.</summary>
    Auto = 0,

    /// <summary>io_uring; refused by some containers and by <c>kernel.io_uring_disabled</c>.</summary>
    IoUring = 1,

    /// <summary>Kernel AIO through libaio.</summary>
    Libaio = 2,

    /// <summary>System calls on a few helper threads.</summary>
    Sync = 3,
}
