// Catalogue cases 1 to 8 and the properties behind them: each mapped byte is compared with the formula of the specification, and
// forward and inverse mapping with each other, over seeded random layouts.
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Objects;

namespace Engine.Objects.Tests;

public sealed class StriperTests
{
    private const int K = 1 << 10;
    private const int M = 1 << 20;

    private static readonly FileLayout s_two = new(M, 2, 2 * M);

    [Fact]
    public void OC001_WholeObjectIsOneExtent()
    {
        Assert.Equal("0: 0~4194304 (0,4194304)", Map(FileLayout.Simple(4 * M), 0, 4 * M));
    }

    [Fact]
    public void OC002_TwoStripesInterleaveOverTwoObjects()
    {
        Assert.Equal(
            "0: 0~2097152 (0,1048576)(2097152,1048576); 1: 0~2097152 (1048576,1048576)(3145728,1048576)",
            Map(s_two, 0, 4 * M));
    }

    [Fact]
    public void OC003_SecondObjectSetFollowsTheFirst()
    {
        Assert.Equal("2: 0~1048576 (0,1048576)", Map(s_two, 4 * M, M));
    }

    [Fact]
    public void OC004_RangeInsideTwoUnits()
    {
        Assert.Equal("0: 524288~524288 (0,524288); 1: 0~524288 (524288,524288)", Map(s_two, 512 * K, M));
    }

    [Fact]
    public void OC005_EveryByteAgreesWithTheFormula()
    {
        var layout = new FileLayout(64 * K, 3, 192 * K);
        var extents = new ExtentList();
        Striper.Map(layout, 100 * K, 100 * K, extents);
        AssertEveryByte(layout, 100 * K, 100 * K, extents);
        Assert.Equal(100 * K, extents.TotalLength);
        Assert.True(extents.Validate(100 * K).IsNone);
    }

    [Fact]
    public void OC006_WithoutStripingTheUnitIsTheObject()
    {
        Assert.Equal("0: 0~1048576 (0,1048576)", Map(new FileLayout(64 * K, 1, 4 * M), 0, M));
    }

    [Fact]
    public void OC007_TruncateSizePerObject()
    {
        ulong size = (3 * M) + (512 * K);
        Assert.Equal((ulong)(2 * M), Striper.ObjectTruncateSize(s_two, 0, size));
        Assert.Equal((ulong)(M + (512 * K)), Striper.ObjectTruncateSize(s_two, 1, size));
        Assert.Equal(0UL, Striper.ObjectTruncateSize(s_two, 2, size));
        Assert.Equal(0UL, Striper.ObjectTruncateSize(s_two, 5, 0));
        Assert.Equal(ulong.MaxValue, Striper.ObjectTruncateSize(s_two, 5, ulong.MaxValue));
    }

    [Fact]
    public void OC007_TruncateSizeAgreesWithTheFormula()
    {
        FileLayout[] layouts = [new(2, 3, 6), new(3, 2, 3), new(2, 1, 8), new(1, 4, 5), FileLayout.Simple(7)];
        foreach (FileLayout layout in layouts)
        {
            for (long size = 1; size < 60; size++)
            {
                for (long number = 0; number < 12; number++)
                {
                    ulong expected = (ulong)StripeModel.SizeOf(layout, number, size);
                    Assert.Equal(expected, Striper.ObjectTruncateSize(layout, number, (ulong)size));
                }
            }
        }
    }

    [Fact]
    public void OC008_InverseMapNamesTheFileRanges()
    {
        var ranges = new List<FileRange>();
        Striper.InverseMap(s_two, 1, 0, 2 * M, ranges);
        Assert.Equal([new FileRange(M, M), new FileRange(3 * M, M)], ranges);
    }

    [Fact]
    public void OC008_InverseOfForwardIsIdentity()
    {
        var random = new Random(8);
        var extents = new ExtentList();
        var ranges = new List<FileRange>();
        for (int round = 0; round < 10_000; round++)
        {
            FileLayout layout = RandomLayout(random);
            long offset = random.NextInt64(1L << random.Next(1, 50));
            int length = random.Next(1, 200 * layout.StripeUnit);
            extents.Clear();
            Striper.Map(layout, offset, length, extents);
            Assert.True(extents.Validate(length).IsNone);
            long lastNumber = -1;
            foreach (ObjectExtent extent in extents.Extents)
            {
                Assert.True(extent.ObjectNumber > lastNumber, "objects ascend");
                lastNumber = extent.ObjectNumber;
                ranges.Clear();
                Striper.InverseMap(layout, extent.ObjectNumber, extent.Offset, extent.Length, ranges);
                AssertSameRanges(offset, extents.FragmentsOf(extent), ranges);
            }
        }
    }

    [Fact]
    public void RandomRangesAgreeWithTheFormula()
    {
        var random = new Random(81);
        var extents = new ExtentList();
        for (int round = 0; round < 2_000; round++)
        {
            FileLayout layout = RandomLayout(random);
            long offset = random.NextInt64(1L << random.Next(1, 40));
            int length = random.Next(1, 40 * layout.StripeUnit);
            extents.Clear();
            Striper.Map(layout, offset, length, extents);
            AssertEveryByte(layout, offset, length, extents);
        }
    }

    [Fact]
    public void WideStripesCostWhatTheRangeTouches()
    {
        var layout = new FileLayout(4 * K, 1_000_000_000, 4 * M);
        Assert.Equal("999999999: 4095~1 (0,1)", Map(layout, (4L * K * 1_000_000_000) - 1, 1));
        Assert.Equal(
            "0: 4096~1 (1,1); 999999999: 4095~1 (0,1)",
            Map(layout, (4L * K * 1_000_000_000) - 1, 2));
    }

    [Fact]
    public void TheEndOfTheAddressSpaceMaps()
    {
        FileLayout[] layouts = [new(1, int.MaxValue, int.MaxValue), new(1, 2, int.MaxValue), FileLayout.Simple(1 << 30)];
        foreach (FileLayout layout in layouts)
        {
            var extents = new ExtentList();
            Striper.Map(layout, long.MaxValue - 4, 4, extents);
            AssertEveryByte(layout, long.MaxValue - 4, 4, extents);
        }
    }

    [Fact]
    public void AnEmptyRangeHasNoExtents()
    {
        var extents = new ExtentList();
        Striper.Map(s_two, 12345, 0, extents);
        Assert.Equal(0, extents.Extents.Length);
    }

    [Fact]
    public void NamesHaveFixedWidth()
    {
        Assert.Equal("10000000000.0000002a", Striper.ObjectName("10000000000", 42));
        Assert.Equal("vol.000000000000abcd", Striper.ObjectName("vol", 0xabcd, Striper.ImageNameDigits));
    }

    [Fact]
    public void MapAllocatesNothingOnceTheListHasGrown()
    {
        var extents = new ExtentList();
        Striper.Map(s_two, 0, 64 * M, extents);
        Assert.True(extents.Validate(64 * M).IsNone);
        long allocated = AllocationGate.LeastBytes(() =>
        {
            for (int round = 0; round < 1_000; round++)
            {
                extents.Clear();
                Striper.Map(s_two, (round * 4096L) + 17, 20 * M, extents);
                _ = extents.Validate(20 * M);
            }
        });

        Assert.Equal(0, allocated);
    }

    private static FileLayout RandomLayout(Random random)
    {
        int unit = random.Next(1, 64);
        return new FileLayout(unit, random.Next(1, 9), unit * random.Next(1, 9));
    }

    private static string Map(in FileLayout layout, long offset, int length)
    {
        var extents = new ExtentList();
        Striper.Map(layout, offset, length, extents);
        var lines = new List<string>();
        foreach (ObjectExtent extent in extents.Extents)
        {
            string fragments = string.Concat(extents.FragmentsOf(extent).ToArray().Select(f => $"({f.Offset},{f.Length})"));
            lines.Add($"{extent.ObjectNumber}: {extent.Offset}~{extent.Length} {fragments}");
        }

        return string.Join("; ", lines);
    }

    private static void AssertEveryByte(in FileLayout layout, long offset, int length, ExtentList extents)
    {
        int seen = 0;
        foreach (ObjectExtent extent in extents.Extents)
        {
            long inObject = extent.Offset;
            foreach (BufferExtent fragment in extents.FragmentsOf(extent))
            {
                for (int index = 0; index < fragment.Length; index++, inObject++, seen++)
                {
                    (long number, long at) = StripeModel.Locate(layout, offset + fragment.Offset + index);
                    if (number == extent.ObjectNumber && at == inObject)
                        continue;
                    string place = $"{layout}: buffer byte {fragment.Offset + index}";
                    Assert.Fail($"{place} is {number}:{at}, not {extent.ObjectNumber}:{inObject}");
                }
            }
        }

        Assert.Equal(length, seen);
    }

    private static void AssertSameRanges(long origin, ReadOnlySpan<BufferExtent> fragments, List<FileRange> ranges)
    {
        Assert.Equal(fragments.Length, ranges.Count);
        for (int index = 0; index < ranges.Count; index++)
        {
            Assert.Equal(origin + fragments[index].Offset, ranges[index].Offset);
            Assert.Equal(fragments[index].Length, ranges[index].Length);
        }
    }
}
