namespace Engine.Testing.SystemSupport;

/// <summary>A tmpfs of limited size, mounted on a folder of its own until it is disposed.</summary>
public sealed class TmpfsMount : IDisposable
{
    /// <summary>Mounts <paramref name="megabytes"/> MiB.</summary>
    public TmpfsMount(int megabytes)
    {
        Folder = Directory.CreateTempSubdirectory("engine-systest-").FullName;
        try
        {
            ToolRun.Must("mount", "-t", "tmpfs", "-o", $"size={megabytes}M", "engine-systest", Folder);
        }
        catch
        {
            Directory.Delete(Folder);
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
    }
}
