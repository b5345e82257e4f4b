using Engine.Buffers;

namespace Engine.Devices.Tests;

public sealed class RegisteredRegionsTests
{
    [Fact]
    public void Find_JoinsNeighbours_AndRefusesWhatSticksOut()
    {
        var regions = new RegisteredRegions([new(0x3000, 0x1000), new(0x1000, 0x1000), new(0x4000, 0x2000)]);
        Assert.Equal(2, regions.Count);
        Assert.Equal(new IoVector(0x3000, 0x3000), regions[1]);
        Assert.Equal(0, regions.Find(new IoVector(0x1000, 0x1000)));
        Assert.Equal(0, regions.Find(new IoVector(0x1800, 0x800)));
        Assert.Equal(-1, regions.Find(new IoVector(0x1800, 0x900)));
        Assert.Equal(-1, regions.Find(new IoVector(0x800, 0x100)));
        Assert.Equal(1, regions.Find(new IoVector(0x3800, 0x2000)));
        Assert.Equal(-1, regions.Find(new IoVector(0x6000, 1)));
        Assert.Equal(-1, RegisteredRegions.None.Find(new IoVector(0x1000, 1)));
    }

    [Fact]
    public void NoRegion_ExceedsOneGibibyte()
    {
        nint gibibyte = 1 << 30;
        var regions = new RegisteredRegions([new(gibibyte, (nuint)gibibyte), new(2 * gibibyte, 4096)]);
        Assert.Equal(2, regions.Count);
    }
}
