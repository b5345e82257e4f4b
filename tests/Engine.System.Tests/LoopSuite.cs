using Engine.Devices;
using Engine.Stores;
using Engine.Testing;
using Engine.Testing.SystemSupport;
using Xunit.Abstractions;

namespace Engine.System.Tests;

/// <summary>What the tests on loop devices share.</summary>
public abstract class LoopSuite(ITestOutputHelper output)
{
    protected const int Mega = 1 << 20;

    /// <summary>Every engine on both sector sizes.</summary>
    public static TheoryData<DeviceEngine, int> Cases { get; } = new()
    {
        { DeviceEngine.IoUring, 512 },
        { DeviceEngine.IoUring, 4096 },
        { DeviceEngine.Libaio, 512 },
        { DeviceEngine.Libaio, 4096 },
        { DeviceEngine.Sync, 512 },
        { DeviceEngine.Sync, 4096 },
    };

    protected ITestOutputHelper Output => output;

    /// <summary>True, with the reason recorded, when the machine has no loop devices for the test.</summary>
    protected bool Skips(string test, string file, string? alsoWithout = null)
    {
        string? reason = LoopDevice.Unavailable
            ?? (alsoWithout is not null && !ToolRun.Exists(alsoWithout) ? $"there is no {alsoWithout}" : null);
        if (reason is null)
            return false;
        TestSkip.Because(reason, output.WriteLine, test, file);
        return true;
    }

    /// <summary>Opens the device with one engine; skips where the kernel refuses that engine.</summary>
    protected IBlockDevice? TryOpen(string path, DeviceEngine engine, string test, string file)
    {
        try
        {
            return BlockDevice.Open(path, new BlockDeviceOptions { Engine = engine });
        }
        catch (DeviceException refusal) when (engine != DeviceEngine.Sync && IsRefusal(refusal))
        {
            TestSkip.Because($"{engine} is refused: {refusal.Message}", output.WriteLine, test, file);
            return null;
        }
    }

    /// <summary>A small object size, so that requests cross objects.</summary>
    protected static DeviceStoreFormatOptions Format(string path, bool force = false) =>
        new() { DeviceName = path, ObjectSize = Mega, Force = force };

    private static bool IsRefusal(DeviceException refusal) =>
        refusal.Message.Contains("refused with EPERM", StringComparison.Ordinal)
        || refusal.Message.Contains("refused with ENOSYS", StringComparison.Ordinal);
}
