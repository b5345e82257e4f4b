namespace Engine.Devices.Tests;

/// <summary>A file of zeros in the temporary folder, gone with the test.</summary>
internal sealed class VolumeFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("engine-devices-");

    public VolumeFile(long length)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "volume");
        if (length > 0)
            BlockDevice.CreateFile(Path, length);
    }

    public string Folder => _folder.FullName;

    public string Path { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
