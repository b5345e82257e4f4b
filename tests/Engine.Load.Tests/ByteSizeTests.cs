using Engine.Load;

namespace Engine.Load.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("512", 512)]
    [InlineData("4k", 4096)]
    [InlineData("4K", 4096)]
    [InlineData("4kb", 4096)]
    [InlineData("4KiB", 4096)]
    [InlineData("1m", 1 << 20)]
    [InlineData("1.5m", 3 << 19)]
    [InlineData("1g", 1L << 30)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData(" 1 GiB ", 1L << 30)]
    [InlineData("2t", 2L << 40)]
    [InlineData("7b", 7)]
    public void ReadsSizes(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("k")]
    [InlineData("-1")]
    [InlineData("4x")]
    [InlineData("4kk")]
    [InlineData("1.5")]
    [InlineData("0.0001k")]
    [InlineData("1.2.3m")]
    [InlineData("99999999999t")]
    [InlineData("99999999999999999999")]
    [InlineData("1e3")]
    [InlineData("50%")]
    public void RefusesWhatIsNoSize(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(4096, "4 KiB")]
    [InlineData(1536 << 10, "1.50 MiB")]
    [InlineData(1L << 30, "1 GiB")]
    [InlineData((1L << 40) - (1 << 20), "1.00 TiB")]
    [InlineData((1L << 40) - (1L << 30), "1023 GiB")]
    public void WritesSizes(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
