namespace Engine.Native.Tests;

public sealed unsafe class MemoryTests
{
    private const ulong HugePage = 2 << 20;

    [Fact]
    public void MappedMemoryIsAlignedZeroedAndWritable()
    {
        Assert.Equal(0, Shim.MemoryMap(HugePage, hugePages: 1, touch: 1, out var address));
        Assert.Equal(0ul, address % HugePage);
        var bytes = new Span<byte>((void*)address, (int)HugePage);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        bytes.Fill(1);
        Assert.Equal(0, Shim.MemoryProtect(address, 4096, accessible: 0));
        Assert.Equal(1, bytes[4096]);
        Assert.Equal(0, Shim.MemoryProtect(address, 4096, accessible: 1));
        Assert.Equal(1, bytes[0]);
        Assert.Equal(0, Shim.MemoryUnmap(address, HugePage));
    }

    [Fact]
    public void NoLengthIsRefused()
    {
        Assert.Equal(-22, Shim.MemoryMap(0, hugePages: 0, touch: 0, out var address)); // EINVAL
        Assert.Equal(0ul, address);
    }
}
