using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank has the memory of pages before it uses them, where it is asked to.</summary>
public sealed class PreTouchTests
{
    private const long ShareBytes = 2 * HugePage.Bytes;

    [Theory]
    [InlineData(0)]
    [InlineData(ShareBytes * PageSize.ClassCount)]
    public void EachSizeClassHasItsShare(long preTouchBytes)
    {
        using RankHarness rank = new(options => options with { CacheBytesMax = 64 << 20, PreTouchBytes = preTouchBytes });
        for (int sizeClass = 0; sizeClass < PageSize.ClassCount; sizeClass++)
        {
            IoVector region = rank.Rank.Cache.Pool.Blocks(sizeClass).Regions[0];
            long resident = ResidentMemory.Bytes(region.Address, 2 * ShareBytes);

            // Without, what the rank made itself: a page or two.
            if (preTouchBytes == 0)
                Assert.InRange(resident, 0, ShareBytes / 2);
            else
                Assert.Equal(ShareBytes, resident);
        }
    }
}
