using Engine.Buffers;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing;

namespace Engine.Volumes.Tests;

/// <summary>The stream over a volume.</summary>
public sealed class VolumeStreamTests : IDisposable
{
    private const int ImageBytes = 1 << 20;

    private readonly DiagnosticPools _pools = new();
    private readonly MemoryStore _store = new();
    private readonly Volume _volume;
    private readonly Stream _stream;

    public VolumeStreamTests()
    {
        _volume = Volume.Open(_store, TestImages.Make(ImageBytes, FileLayout.Simple(64 << 10)), TestImages.Cached.Over(_pools));
        _stream = _volume.AsStream();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _volume.Dispose();
        _store.Dispose();
        _pools.Dispose();
    }

    [Fact]
    public async Task ReadsAndWritesMoveThePosition()
    {
        byte[] bytes = new byte[100_000];
        new Random(3).NextBytes(bytes);
        _stream.Position = 777;
        await _stream.WriteAsync(bytes);
        Assert.Equal(777 + bytes.Length, _stream.Position);
        _stream.Write(bytes, 0, 10);
        Task arrayWrite = _stream.WriteAsync(bytes, 10, 10);
        await arrayWrite;
        _stream.WriteByte(42);

        Assert.Equal(777, _stream.Seek(777, SeekOrigin.Begin));
        byte[] read = new byte[bytes.Length];
        await _stream.ReadExactlyAsync(read);
        Assert.Equal(bytes, read);
        Assert.Equal(10, _stream.Read(read, 0, 10));
        Task<int> arrayRead = _stream.ReadAsync(read, 10, 10);
        Assert.Equal(10, await arrayRead);
        Assert.Equal(bytes[..20], read[..20]);
        Assert.Equal(42, _stream.ReadByte());
        await _stream.FlushAsync();
        _stream.Flush();
    }

    [Fact]
    public async Task CopiesWhole()
    {
        byte[] bytes = new byte[ImageBytes];
        new Random(4).NextBytes(bytes);
        using (MemoryStream source = new(bytes))
            await source.CopyToAsync(_stream);
        Assert.Equal(ImageBytes, _stream.Position);
        _stream.Position = 0;
        using MemoryStream target = new();
        await _stream.CopyToAsync(target);
        Assert.True(bytes.AsSpan().SequenceEqual(target.ToArray()), "the copy");
    }

    [Fact]
    public void SeeksFromEverywhere()
    {
        Assert.Equal(ImageBytes, _stream.Length);
        Assert.True(_stream is { CanRead: true, CanWrite: true, CanSeek: true });
        Assert.Equal(ImageBytes - 10, _stream.Seek(-10, SeekOrigin.End));
        Assert.Equal(ImageBytes - 15, _stream.Seek(-5, SeekOrigin.Current));
        Assert.Equal(15, _stream.Read(new byte[100]));
        Assert.Equal(0, _stream.Read(new byte[100]));
        Assert.Equal(ImageBytes + 100, _stream.Seek(100, SeekOrigin.End));
        Assert.Equal(0, _stream.Read(new byte[100]));
        Assert.Equal(-1, _stream.ReadByte());
        VolumeException before = Assert.Throws<VolumeException>(() => _stream.Seek(-1, SeekOrigin.Begin));
        Assert.Equal(IoError.Invalid, before.Error);
        Assert.Throws<VolumeException>(() => _stream.Seek(long.MaxValue, SeekOrigin.Current));
        Assert.Throws<ArgumentException>(() => _stream.Seek(0, (SeekOrigin)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => _stream.Position = -1);
        Assert.Equal(ImageBytes + 100, _stream.Position);
    }

    [Fact]
    public async Task WritesPastTheEndWriteNothing()
    {
        _stream.Position = ImageBytes - 5;
        VolumeException full = Assert.Throws<VolumeException>(() => _stream.Write(new byte[6]));
        Assert.Equal(IoError.NoSpace, full.Error);
        Assert.Equal("volume 'test': write of 6 bytes at 1048571 ends past its 1048576 bytes: ENOSPC", full.Message);
        await Assert.ThrowsAsync<VolumeException>(async () => await _stream.WriteAsync(new byte[6]));
        Assert.Equal(ImageBytes - 5, _stream.Position);
        Assert.Equal(0, _volume.Statistics().WriteBytes);
        _stream.Position = ImageBytes + 5;
        _stream.Write([]);
        Assert.Throws<NotSupportedException>(() => _stream.SetLength(5));
    }

    [Fact]
    public async Task DisposedStreamIsClosedTheVolumeIsNot()
    {
        await _stream.DisposeAsync();
        Assert.False(_stream.CanRead || _stream.CanWrite || _stream.CanSeek);
        Assert.Throws<ObjectDisposedException>(() => _stream.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => _stream.Write([1]));
        Assert.Throws<ObjectDisposedException>(() => _stream.Position);
        Assert.Throws<ObjectDisposedException>(() => _stream.Length);
        Assert.Throws<ObjectDisposedException>(_stream.Flush);
        Assert.Throws<ObjectDisposedException>(() => _stream.Seek(0, SeekOrigin.Begin));
        using Stream other = _volume.AsStream();
        Assert.Equal(0, other.ReadByte());
    }
}
