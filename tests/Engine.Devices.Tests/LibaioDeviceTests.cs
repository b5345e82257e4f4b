namespace Engine.Devices.Tests;

[Collection(nameof(DeviceTests))]
public sealed class LibaioDeviceTests : FileDeviceContract
{
    public LibaioDeviceTests()
        : base(DeviceEngine.Libaio)
    {
    }

    protected override string Name => "libaio";
}
