namespace Engine.Devices.Tests;

[Collection(nameof(DeviceTests))]
public sealed class IoUringDeviceTests : FileDeviceContract
{
    public IoUringDeviceTests()
        : base(DeviceEngine.IoUring)
    {
    }

    protected override string Name => "io_uring";
}
