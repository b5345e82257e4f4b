namespace Engine.Devices.Tests;

[Collection(nameof(DeviceTests))]
public sealed class SyncDeviceTests : FileDeviceContract
{
    public SyncDeviceTests()
        : base(DeviceEngine.Sync)
    {
    }

    protected override string Name => "synchronous";
}
