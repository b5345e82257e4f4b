namespace Engine.Bench.Data;

/// <summary>A loop device over a file in memory that has no name any more; gone when disposed, or with its last user.</summary>
internal sealed class LoopDevice : IDisposable
{
    /// <summary>Files in it lie in memory.</summary>
    public const string MemoryFolder = "/dev/shm";

    private readonly string _losetup;
    private bool _detached;

    private LoopDevice(string losetup, string path)
    {
        _losetup = losetup;
        Path = path;
    }

    /// <summary>The device's path.</summary>
    public string Path { get; }

    /// <summary>Makes one, or says in one line why this machine cannot.</summary>
    public static LoopDevice? TryCreate(long bytes, out string reason)
    {
        string? losetup = Shell.Find("losetup");
        reason = !Environment.IsPrivilegedProcess ? "a loop device needs root"
            : losetup is null ? "losetup is not installed"
            : !Directory.Exists(MemoryFolder) ? $"there is no {MemoryFolder} for a file in memory"
            : "";
        if (reason.Length > 0)
            return null;
        string file = System.IO.Path.Combine(MemoryFolder, $"engine-bench-loop-{Environment.ProcessId}");
        try
        {
            using (FileStream stream = File.Create(file))
                stream.SetLength(bytes);
            return new LoopDevice(losetup!, Shell.Run(losetup!, "--find", "--show", "--direct-io=on", file));
        }
        catch (IOException failure)
        {
            reason = failure.Message;
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>From now on the device lives as long as somebody has it open: a run that is killed leaves nothing
    /// behind.</summary>
    public void Detach()
    {
        Shell.Run(_losetup, "--detach", Path);
        _detached = true;
    }

    public void Dispose()
    {
        if (!_detached)
            Detach();
    }
}
