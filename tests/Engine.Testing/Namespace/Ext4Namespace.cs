using Engine.Testing.SystemSupport;

namespace Engine.Testing.Namespace;

/// <summary>
/// A new, empty ext4 file system on a loop device over a file in memory, mounted without access times for this instance alone:
/// the reference that rows and random operations are run against first.
/// </summary>
public sealed class Ext4Namespace : KernelNamespace
{
    private const long Bytes = 256L << 20;

    private readonly LoopDevice _device;

    private Ext4Namespace(LoopDevice device)
        : base(RootedCalls.OfDevice(device.Name, "ext4"), mayEmpty: true)
    {
        _device = device;
        Reset();
    }

    /// <summary>Why there is no ext4 here; null when there is.</summary>
    public static new string? Unavailable =>
        KernelNamespace.Unavailable ?? LoopDevice.Unavailable ?? (ToolRun.Exists("mkfs.ext4") ? null : "there is no mkfs.ext4");

    /// <summary>
    /// Why random operations would meet rules of this machine that neither POSIX nor Linux's usual settings have; null when they
    /// would not. The sticky directories of the table and of the generator stay clear of fs.protected_symlinks.
    /// </summary>
    public static string? UnusualRules =>
        Setting("protected_hardlinks") != 1 ? "fs.protected_hardlinks is not 1"
        : Setting("protected_regular") > 1 ? "fs.protected_regular is above 1"
        : null;

    /// <summary>Makes, mounts and empties one.</summary>
    public static Ext4Namespace Create()
    {
        var device = new LoopDevice(Bytes, prepare: Format);
        try
        {
            return new Ext4Namespace(device);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _device.Dispose();
    }

    // Values of extended attributes up to the kernel's limit of 64 KiB lie in inodes of their own.
    private static void Format(string file) =>
        ToolRun.Must(
            "mkfs.ext4", "-q", "-F", "-b", "4096", "-I", "256", "-N", "16384", "-m", "0", "-O", "^has_journal,ea_inode", file);

    private static int Setting(string name) =>
        int.TryParse(File.ReadAllText("/proc/sys/fs/" + name), out int value) ? value : 0;
}
