using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

/// <summary>Changes of names in directories, each one step that a crash leaves done or not done.</summary>
public static class StorageNames
{
    /// <summary>Gives <paramref name="from"/> the name <paramref name="to"/>, replacing what has it.</summary>
    public static IoError Rename(string from, string to) => IoError.FromResult(Shim.Rename(from, to));

    /// <summary>Removes the name of a file.</summary>
    public static IoError Remove(string path) => IoError.FromResult(Shim.Unlink(path));

    /// <summary>Makes the directory's changes so far durable.</summary>
    public static IoError Sync(string directory) => IoError.FromResult(Shim.SyncDirectory(directory));
}
