using Microsoft.Win32.SafeHandles;

namespace Engine.Bench.Data;

/// <summary>A file that the page cache holds whole: in memory where /dev/shm is, so that no disk takes part.</summary>
internal sealed class ScratchFile : IDisposable
{
    public ScratchFile(AlignedBuffer content)
    {
        string folder = Directory.Exists(LoopDevice.MemoryFolder) ? LoopDevice.MemoryFolder : Path.GetTempPath();
        string path = Path.Combine(folder, $"engine-bench-{Environment.ProcessId}");
        Handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        for (long at = 0; at < content.Bytes; at += AccessPattern.BlockBytes)
            RandomAccess.Write(Handle, content.Block(at), at);
    }

    public SafeFileHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
