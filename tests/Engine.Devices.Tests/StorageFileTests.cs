using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

public sealed unsafe class StorageFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engine-storage-").FullName;
    private readonly DeviceBuffer _buffer = new(16384, 64);

    public void Dispose()
    {
        _buffer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void WhatIsWrittenIsReadUpToTheEnd()
    {
        Assert.Equal(IoError.None, StorageFile.Create(At("a"), out StorageFile? made));
        using StorageFile file = made!;
        new SeededRandom(1).NextBytes(_buffer.Span);
        Assert.Equal(IoResult.Ok(7000), file.Write(100, Vectors((0, 3000), (5000, 0), (5000, 4000))));
        Assert.Equal(IoResult.Ok(7100), file.Length());
        Assert.Equal(IoError.None, file.Sync());
        byte[] expected = [.. new byte[100], .. _buffer.Span[..3000], .. _buffer.Span.Slice(5000, 4000)];
        Assert.Equal(expected, File.ReadAllBytes(At("a")));
        _buffer.Span.Clear();
        Assert.Equal(IoResult.Ok(7000), file.Read(100, Vectors((0, 6000), (6000, 6000))));
        Assert.Equal(expected[100..], _buffer.Span[..7000].ToArray());
        Assert.Equal(IoResult.Ok(0), file.Read(7100, Vectors((0, 10))));
    }

    [Fact]
    public void NamesAreReplacedAndRemoved()
    {
        Assert.Equal(IoError.None, StorageFile.Create(At("a"), out StorageFile? made));
        made!.Dispose();
        Assert.Equal(IoError.Exists, StorageFile.Create(At("a"), out _));
        Assert.Equal(IoError.NoEntry, StorageFile.Open(At("b"), write: false, out _));
        File.WriteAllText(At("b"), "old");
        Assert.Equal(IoError.None, StorageNames.Rename(At("a"), At("b")));
        Assert.Equal(0, new FileInfo(At("b")).Length);
        Assert.Equal(IoError.NoEntry, StorageNames.Rename(At("a"), At("b")));
        Assert.Equal(IoError.None, StorageNames.Sync(_folder));
        Assert.Equal(IoError.NoEntry, StorageNames.Sync(At("c")));
        Assert.Equal(IoError.None, StorageNames.Remove(At("b")));
        Assert.Equal(IoError.NoEntry, StorageNames.Remove(At("b")));
    }

    [Fact]
    public void ALockExcludesAnotherDescriptor()
    {
        Assert.Equal(IoError.None, StorageFile.Create(At("a"), out StorageFile? first));
        Assert.Equal(IoError.None, StorageFile.Open(At("a"), write: true, out StorageFile? second));
        using (first)
        using (second)
        {
            Assert.Equal(IoError.None, first!.Lock());
            using var taken = new ManualResetEventSlim();
            IoError error = IoError.Again;
            var waiter = new Thread(() =>
            {
                error = second!.Lock();
                taken.Set();
            });
            waiter.Start();
            Assert.False(taken.IsSet);
            Assert.Equal(IoError.None, first.Unlock());
            Assert.True(taken.Wait(60_000));
            waiter.Join();
            Assert.Equal(IoError.None, error);
        }
    }

    [Fact]
    public void AllocatedLengthsTakeSpace()
    {
        Assert.Equal(IoError.None, StorageFile.Create(At("a"), out StorageFile? made));
        using StorageFile file = made!;
        Assert.Equal(IoError.None, file.SetLength(1 << 20, allocate: true));
        Assert.Equal(IoResult.Ok(1 << 20), file.Length());
    }

    private string At(string name) => Path.Combine(_folder, name);

    private Span<IoVector> Vectors(params ReadOnlySpan<(int Start, int Length)> slices) =>
        new(_buffer.Vectors(slices), slices.Length);
}
