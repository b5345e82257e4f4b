using Engine.Buffers;
using Engine.Objects;

namespace Engine.Objects.Tests;

public sealed class ExtentListTests
{
    [Fact]
    public void OC009_SumOfFragmentsMustBeTheLength()
    {
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(0, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(0, 4), new(4, 8)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [])));
    }

    [Fact]
    public void OC009_FragmentsMustNotOverlap()
    {
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(0, 4), new(2, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(4, 4), new(0, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 4, [new(0, 4)]), (1, 0, 4, [new(0, 4)])));
    }

    [Fact]
    public void OC009_ExtentsMustNotOverlapInAnObject()
    {
        Assert.Equal(IoError.Invalid, Check(8, (3, 0, 4, [new(0, 4)]), (3, 3, 4, [new(4, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (3, 100, 4, [new(0, 4)]), (3, 97, 4, [new(4, 4)])));
        Assert.Equal(IoError.None, Check(8, (3, 0, 4, [new(0, 4)]), (3, 4, 4, [new(4, 4)])));
    }

    [Fact]
    public void OC009_LengthsMustBePositive()
    {
        Assert.Equal(IoError.Invalid, Check(0, (0, 0, 0, [new(0, 0)])));
        Assert.Equal(IoError.Invalid, Check(4, (0, 0, 4, [new(0, 4), new(4, 0)])));
        Assert.Equal(IoError.Invalid, Check(-4, (0, 0, -4, [new(0, -4)])));
    }

    [Fact]
    public void OC009_TheBufferMustBeCoveredWithoutHole()
    {
        Assert.Equal(IoError.Invalid, Check(12, (0, 0, 8, [new(0, 4), new(8, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(0, 4), new(8, 4)])));
        Assert.Equal(IoError.Invalid, Check(8, (0, 0, 8, [new(4, 8)])));
        Assert.Equal(IoError.Invalid, Check(9, (0, 0, 8, [new(0, 8)])));
    }

    [Fact]
    public void OC009_TotalMustFitAnInt()
    {
        const int Half = 1 << 30;
        Assert.Equal(
            IoError.Invalid,
            Check(int.MaxValue, (0, 0, Half, [new(0, Half)]), (1, 0, Half, [new(Half, Half)])));
        Assert.Equal(
            IoError.Invalid,
            Check(int.MinValue, (0, 0, Half, [new(0, Half)]), (1, 0, Half, [new(Half, Half)])));
    }

    [Fact]
    public void OC009_NegativeAndOverflowingPositionsAreRefused()
    {
        Assert.Equal(IoError.Invalid, Check(4, (-1, 0, 4, [new(0, 4)])));
        Assert.Equal(IoError.Invalid, Check(4, (0, -1, 4, [new(0, 4)])));
        Assert.Equal(IoError.Invalid, Check(4, (0, long.MaxValue - 3, 4, [new(0, 4)])));
        Assert.Equal(IoError.Invalid, Check(4, (0, 0, 4, [new(int.MaxValue, 4)])));
        Assert.Equal(IoError.Invalid, Check(4, (0, 0, 4, [new(-4, 4)])));
    }

    [Fact]
    public void ExtentsMayComeInAnyOrder()
    {
        Assert.Equal(IoError.None, Check(12, (9, 0, 8, [new(0, 4), new(8, 4)]), (2, 50, 4, [new(4, 4)])));
        Assert.Equal(IoError.None, Check(0));
    }

    [Fact]
    public void ClearEmptiesTheList()
    {
        var extents = new ExtentList();
        extents.Add(1, 2, 3, 0);
        extents.AddFragment(3, 4);
        Assert.Equal(7, extents.TotalLength);
        Assert.Equal(new ObjectExtent(1, 2, 7, 0, 2), extents.Extents[0]);
        extents.Clear();
        Assert.Equal(0, extents.TotalLength);
        Assert.Equal(0, extents.Extents.Length + extents.Fragments.Length);
    }

    private static IoError Check(int total, params (long Number, long Offset, int Length, BufferExtent[] Fragments)[] given)
    {
        var extents = new ExtentList();
        foreach ((long number, long offset, int length, BufferExtent[] fragments) in given)
            extents.AddRaw(number, offset, length, fragments);
        int count = extents.Extents.Length;
        IoError error = extents.Validate(total);
        Assert.Equal(count, extents.Extents.Length);
        return error;
    }
}
