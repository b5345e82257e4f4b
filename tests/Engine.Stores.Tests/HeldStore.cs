using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>A store on a device whose requests are held and let go one by one.</summary>
public abstract class HeldStore : IDisposable
{
    private readonly BackendHarness _harness;
    private readonly List<BufferList> _lists = [];

    /// <summary>Formats a device in memory, which <paramref name="wrap"/> makes into the one to be tried.</summary>
    private protected HeldStore(Func<IBlockDevice, IBlockDevice> wrap)
    {
        Memory = new MemoryDevice(4 * StoreDevices.Mega, mode: CompletionMode.Manual);
        DeviceStore.Format(Memory, StoreDevices.Small);
        Device = new ManualDevice(wrap(Memory));
        Store = DeviceStore.Open(Device);
        _harness = new BackendHarness(Store, Store.Image.Prefix);
    }

    protected MemoryDevice Memory { get; }

    protected ManualDevice Device { get; }

    protected DeviceStore Store { get; }

    protected CompletionLog Log => _harness.Log;

    public void Dispose()
    {
        foreach (BufferList list in _lists)
            list.Dispose();
        _harness.Dispose();
        Store.Dispose();
        Device.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Submission Fua(long offset, bool callerWaits = false)
    {
        BufferList list = _harness.ListOf(new byte[512]);
        _lists.Add(list);
        Submission submission = Log.Begin();
        ObjectWrite write = new(_harness.Target(0), offset, 512) { Fua = true, CallerWaits = callerWaits };
        Store.Write(write, list, submission);
        return submission;
    }

    protected Submission Flush()
    {
        Submission submission = Log.Begin();
        Store.Flush(submission);
        return submission;
    }

    protected string[] Held() => [.. Device.Held.Select(request => request.Fua ? "FUA" : request.Operation.ToString())];

    protected void Pass(int index = 0)
    {
        Device.Release(index);
        Assert.Equal(1, Memory.Pump());
    }
}
