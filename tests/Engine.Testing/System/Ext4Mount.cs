namespace Engine.Testing.SystemSupport;

/// <summary>A new ext4 file system with a journal on a loop device of its own, mounted until it is disposed.</summary>
public sealed class Ext4Mount : IDisposable
{
    private readonly LoopDevice _device;

    /// <summary>Makes and mounts one.</summary>
    /// <param name="bytes">Size of the device.</param>
    /// <param name="folder">Folder of the file under the device.</param>
    public Ext4Mount(long bytes, string folder = LoopDevice.MemoryFolder)
    {
        _device = new LoopDevice(bytes, folder: folder, prepare: file => ToolRun.Must("mkfs.ext4", "-q", "-F", file));
        Folder = Directory.CreateTempSubdirectory("engine-systest-").FullName;
        try
        {
            ToolRun.Must("mount", "-t", "ext4", _device.Name, Folder);
        }
        catch
        {
            Directory.Delete(Folder);
            _device.Dispose();
            throw;
        }
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Unmounts it, even with files open.</summary>
    public void Dispose()
    {
        ToolRun.Must("umount", "--lazy", Folder);
        Directory.Delete(Folder);
        _device.Dispose();
    }
}
