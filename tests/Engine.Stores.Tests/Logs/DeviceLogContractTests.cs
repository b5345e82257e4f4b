using Engine.Devices;

namespace Engine.Stores.Tests.Logs;

public sealed class DeviceLogContractTests : LogContract
{
    protected override LogPlace Make() => new Place();

    private sealed class Place : LogPlace
    {
        private readonly MemoryDevice _device = LogDevices.Formatted();

        public override SegmentLog Open(LogOptions? options = null) => DeviceLog.Open(_device, options);

        public override LogCheck Check() => DeviceLog.Check(_device);

        public override void Dispose() => _device.Dispose();
    }
}
