using System.Globalization;

namespace Engine.Testing.SystemSupport;

// Purpose: real block devices for tests: loop devices over files in memory.
// Ownership: the device and its backing file belong to the instance until Dispose, which detaches and deletes. A test process
// that was killed leaks both; the janitor, run once by every process that makes a loop device, takes away those whose maker is
// gone.
// Invariants: backing files are named engine-systest-PID-NUMBER.img, and nothing that is not so named is ever touched.

/// <summary>A loop device over a sparse file.</summary>
public sealed class LoopDevice : IDisposable
{
    /// <summary>Where backing files lie unless told otherwise: tmpfs.</summary>
    public const string MemoryFolder = "/dev/shm";

    private const string Prefix = "engine-systest-";
    private const int Attempts = 20;

    private static readonly Lazy<string?> s_unavailable = new(Probe);
    private static int s_count;

    private bool _attached;

    /// <summary>Attaches a loop device over a new sparse file.</summary>
    /// <param name="bytes">Length of the file.</param>
    /// <param name="sectorBytes">Logical block: 512 or 4096.</param>
    /// <param name="folder">Folder of the file.</param>
    /// <param name="prepare">Changes the file before it is attached.</param>
    /// <param name="readOnly">Attaches read-only.</param>
    public LoopDevice(
        long bytes, int sectorBytes = 512, string folder = MemoryFolder, Action<string>? prepare = null, bool readOnly = false)
    {
        int number = Interlocked.Increment(ref s_count);
        BackingFile = Path.Combine(
            folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{number}.img"));
        using (FileStream file = File.Create(BackingFile))
            file.SetLength(bytes);
        try
        {
            prepare?.Invoke(BackingFile);
            Name = Attach(sectorBytes, readOnly);
            _attached = true;
        }
        catch
        {
            File.Delete(BackingFile);
            throw;
        }
    }

    /// <summary>Why loop devices cannot be made here, or null.</summary>
    public static string? Unavailable => s_unavailable.Value;

    /// <summary>The device's path.</summary>
    public string Name { get; }

    /// <summary>The file underneath.</summary>
    public string BackingFile { get; }

    /// <summary>Sectors of 512 bytes written to the device so far, as the kernel counts them.</summary>
    public long SectorsWritten => long.Parse(
        File.ReadAllText($"/sys/block/{Path.GetFileName(Name)}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries)[6],
        CultureInfo.InvariantCulture);

    /// <summary>Bytes of the file underneath, as they are now.</summary>
    public byte[] Read(long offset, int length)
    {
        byte[] bytes = new byte[length];
        using FileStream file = File.OpenRead(BackingFile);
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Detaches the device and deletes the file. A device that is still open goes away when it is closed.</summary>
    public void Dispose()
    {
        if (!_attached)
            return;
        _attached = false;
        ToolRun.Must("losetup", "--detach", Name);
        File.Delete(BackingFile);
    }

    private static string? Probe()
    {
        if (!Environment.IsPrivilegedProcess)
            return "loop devices need root";
        if (!ToolRun.Exists("losetup"))
            return "there is no losetup";
        if (!Directory.Exists(MemoryFolder))
            return $"there is no {MemoryFolder}";
        Sweep();
        try
        {
            new LoopDevice(1 << 20).Dispose();
            return null;
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return "no loop device can be attached: " + failure.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Two processes may choose the same free device at once; the loser tries again.</summary>
    private string Attach(int sectorBytes, bool readOnly)
    {
        List<string> arguments = ["--find", "--show", "--direct-io=on", "--sector-size", $"{sectorBytes}"];
        if (readOnly)
            arguments.Add("--read-only");
        arguments.Add(BackingFile);
        for (int attempt = 1; ; attempt++)
        {
            ToolRun run = ToolRun.Of("losetup", arguments);
            if (run.Succeeded)
                return run.Output.Trim();
            if (attempt == Attempts)
                throw new InvalidOperationException($"losetup for {BackingFile}: {run.All}");
        }
    }

    private static void Sweep()
    {
        foreach (string line in ToolRun.Must("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE").Split('\n'))
        {
            string[] parts = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && IsLeaked(parts[1]))
                ToolRun.Of("losetup", ["--detach", parts[0]]);
        }

        foreach (string file in Directory.EnumerateFiles(MemoryFolder, Prefix + "*.img").Where(IsLeaked))
            File.Delete(file);
    }

    private static bool IsLeaked(string backingFile)
    {
        string[] parts = Path.GetFileName(backingFile).Split('-');
        return parts.Length == 4 && backingFile.Contains(Prefix, StringComparison.Ordinal)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int maker)
            && !Directory.Exists($"/proc/{maker}");
    }
}
