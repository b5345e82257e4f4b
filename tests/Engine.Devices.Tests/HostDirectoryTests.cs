using System.Text;
using Engine.Buffers;
using Engine.Testing;

namespace Engine.Devices.Tests;

/// <summary>What is told of files of this machine.</summary>
public sealed class HostDirectoryTests : IDisposable
{
    /// <summary>Over memory: other file systems do not have all times.</summary>
    private const string Memory = "/dev/shm";

    private readonly string _path = Path.Combine(Memory, $"engine-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_path))
            Directory.Delete(_path, recursive: true);
    }

    [Theory]
    [InlineData(1600, long.MinValue)]
    [InlineData(2500, long.MaxValue)]
    public void ATimeThatDoesNotFitIsTheFirstOrTheLast(int year, long nanos)
    {
        if (!Directory.Exists(Memory))
        {
            TestSkip.Because($"there is no {Memory}");
            return;
        }

        Directory.CreateDirectory(_path);
        string file = Path.Combine(_path, "f");
        File.WriteAllBytes(file, []);
        File.SetLastWriteTimeUtc(file, new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(IoError.None, HostDirectory.Open(Encoding.UTF8.GetBytes(_path), out HostDirectory? directory));
        using (directory)
        {
            Assert.Equal(IoError.None, directory!.Stat("f"u8, out HostStatus status));
            Assert.Equal(nanos, status.ModifiedAt);
        }
    }
}
