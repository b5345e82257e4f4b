namespace Engine.Native.Tests;

/// <summary>A file of the shim, opened for writing beside the test binaries and removed with its test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private const int Invalid = -22;

    internal TemporaryFile(long length)
    {
        Path = System.IO.Path.Combine(AppContext.BaseDirectory, System.IO.Path.GetRandomFileName());
        const EioOpenFlags Flags = EioOpenFlags.Write | EioOpenFlags.Create | EioOpenFlags.Exclusive;
        var error = EioFileHandle.Open(Path, Flags | EioOpenFlags.Direct, out var file);

        // Not every file system has direct I/O; the shim's calls are the same without.
        if (error == Invalid)
            error = EioFileHandle.Open(Path, Flags, out file);
        Assert.Equal(0, error);
        File = file!;
        Assert.Equal(0, File.SetLength((ulong)length, allocate: false));
    }

    internal string Path { get; }

    internal EioFileHandle File { get; }

    public void Dispose()
    {
        File.Dispose();
        System.IO.File.Delete(Path);
    }
}
