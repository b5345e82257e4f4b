using Engine.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>A device log on a file, through the engine that the machine chooses.</summary>
public sealed class DeviceFileLogContractTests : LogContract
{
    protected override LogPlace Make() => new Place();

    private sealed class Place : LogPlace
    {
        private readonly TemporaryFolder _folder = new();
        private readonly IBlockDevice _device;

        public Place()
        {
            string path = Path.Combine(_folder.Path, "log");
            BlockDevice.CreateFile(path, LogDevices.Capacity, allocate: true);
            _device = BlockDevice.Open(path);
            DeviceLog.Format(_device, LogDevices.Small);
        }

        public override SegmentLog Open(LogOptions? options = null) => DeviceLog.Open(_device, options);

        public override LogCheck Check() => DeviceLog.Check(_device);

        public override void Dispose()
        {
            _device.Dispose();
            _folder.Dispose();
        }
    }
}
