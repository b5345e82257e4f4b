using Engine.Bench.Data;
using Engine.Devices;
using Engine.Stores;

namespace Engine.Bench.Migration;

/// <summary>A journal's device: a loop device over a file in memory, formatted.</summary>
internal sealed class LoopJournal : IDisposable
{
    private readonly LoopDevice _loop;

    private LoopJournal(LoopDevice loop, IBlockDevice device)
    {
        _loop = loop;
        Device = device;
    }

    /// <summary>The device.</summary>
    public IBlockDevice Device { get; }

    /// <summary>Makes one, or says in one line why this machine cannot.</summary>
    public static LoopJournal? TryCreate(long bytes, out string reason)
    {
        LoopDevice? loop = LoopDevice.TryCreate(bytes, out reason);
        if (loop is null)
            return null;
        try
        {
            IBlockDevice device = BlockDevice.Open(loop.Path, new BlockDeviceOptions());
            loop.Detach();
            DeviceLog.Format(device, new LogFormatOptions { DeviceName = loop.Path });
            return new LoopJournal(loop, device);
        }
        catch
        {
            loop.Dispose();
            throw;
        }
    }

    /// <summary>Its name in messages.</summary>
    public string Name => _loop.Path;

    /// <summary>Opens the journal for a new life.</summary>
    public DeviceLog Open() => DeviceLog.Open(Device, new LogOptions { DeviceName = _loop.Path });

    public void Dispose()
    {
        Device.Dispose();
        _loop.Dispose();
    }
}
