using System.Text;
using Engine.Buffers;

namespace Engine.Metadata.Tests.Names;

public sealed class NameTests
{
    /// <summary>Published values of xxHash32 with seed 0.</summary>
    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void HashIsXxHash32(string text, uint hash)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(hash, NameHash.XxHash32(bytes));
        Assert.Equal(hash >> 8, NameHash.Of(bytes));
    }

    [Fact]
    public void NamesSpreadOverTheFrags()
    {
        int[] counts = new int[16];
        for (int i = 0; i < 16_000; i++)
            counts[NameHash.Of(Encoding.UTF8.GetBytes($"file-{i:d6}.txt")) >> 20]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData(".", 22)]
    [InlineData("..", 22)]
    [InlineData("a/b", 22)]
    [InlineData("a\0b", 22)]
    [InlineData("...", 0)]
    [InlineData(".a", 0)]
    [InlineData("ünï", 0)]
    public void NamesAreChecked(string name, int errno) =>
        Assert.Equal(errno, MetadataName.Check(Encoding.UTF8.GetBytes(name)).Errno);

    [Fact]
    public void LengthCountsBytes()
    {
        Assert.Equal(0, MetadataName.Check(Encoding.UTF8.GetBytes(new string('a', 255))).Errno);
        Assert.Equal(36, MetadataName.Check(Encoding.UTF8.GetBytes(new string('a', 256))).Errno);
        Assert.Equal(36, MetadataName.Check(Encoding.UTF8.GetBytes(new string('ü', 128))).Errno);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x61, 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void WhatIsNotUtf8IsRefused(byte[] name) => Assert.Equal(84, MetadataName.Check(name).Errno);
}
