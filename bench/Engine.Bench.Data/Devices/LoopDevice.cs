namespace Engine.Bench.Data;

/// <summary>A loop device over a file in memory; gone when disposed.</summary>
internal sealed class LoopDevice : IDisposable
{
    private readonly string _losetup;
    private readonly string _file;

    private LoopDevice(string losetup, string file, string path)
    {
        _losetup = losetup;
        _file = file;
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
            : !Directory.Exists(ScratchFile.MemoryFolder) ? $"there is no {ScratchFile.MemoryFolder} for a file in memory"
            : "";
        if (reason.Length > 0)
            return null;
        string file = System.IO.Path.Combine(ScratchFile.MemoryFolder, $"engine-bench-loop-{Environment.ProcessId}");
        try
        {
            using (FileStream stream = File.Create(file))
                stream.SetLength(bytes);
            string path = Shell.Run(losetup!, "--find", "--show", "--direct-io=on", file);
            return new LoopDevice(losetup!, file, path);
        }
        catch (IOException failure)
        {
            File.Delete(file);
            reason = failure.Message;
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            Shell.Run(_losetup, "--detach", Path);
        }
        finally
        {
            File.Delete(_file);
        }
    }
}
