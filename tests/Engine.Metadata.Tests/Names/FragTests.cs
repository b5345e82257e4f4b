namespace Engine.Metadata.Tests.Names;

public sealed class FragTests
{
    [Fact]
    public void MG001_ChildrenAreDisjointCoverTheFragAndLeadBackByParent()
    {
        foreach (Frag frag in AllUpTo(4))
        {
            for (int splitBits = 1; splitBits <= 4; splitBits++)
                CheckChildren(frag, splitBits);
            if (frag.Bits == 0)
                continue;
            Assert.Equal(frag, frag.Sibling().Sibling());
            Assert.NotEqual(frag, frag.Sibling());
            Assert.Equal(frag.Parent(), frag.Sibling().Parent());
            Assert.True(frag.IsLeft ^ frag.IsRight);
            Assert.Equal(frag.IsLeft, frag.Sibling().IsRight);
            // The last digit of the text says it too, which a comparison of the masked bit with 1 would not.
            Assert.Equal(frag.ToString()[^2] == '1', frag.IsRight);
        }
    }

    [Fact]
    public void RootIsNeitherLeftNorRightAndHoldsAll()
    {
        Assert.False(Frag.Root.IsLeft || Frag.Root.IsRight);
        Assert.Equal((0u, Frag.HashMax), (Frag.Root.Value, Frag.Root.Last));
        Assert.True(Frag.Root.Contains(Frag.HashMax));
        Assert.Equal("*", Frag.Root.ToString());
    }

    [Fact]
    public void TextAndRawFormsReadBack()
    {
        foreach (Frag frag in AllUpTo(6).Append(Frag.Make(24, 0xABCDEF)))
        {
            Assert.True(Frag.TryParse(frag.ToString(), out Frag parsed));
            Assert.Equal(frag, parsed);
            Assert.True(Frag.TryFromRaw(frag.Raw, out Frag read));
            Assert.Equal(frag, read);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("2*")]
    [InlineData("0*1*")]
    [InlineData("0101010101010101010101010*")]
    public void WhatIsNoFragIsNotParsed(string text) => Assert.False(Frag.TryParse(text, out _));

    [Theory]
    [InlineData(0x19000000u)]
    [InlineData(0x01000001u)]
    [InlineData(0x00800000u)]
    [InlineData(0xFFFFFFFFu)]
    public void RawNumbersWithStrayBitsAreRefused(uint raw) => Assert.False(Frag.TryFromRaw(raw, out _));

    [Fact]
    public void OrderIsByValueThenBits()
    {
        Frag[] ordered = [.. "* 0* 00* 01* 1* 10* 11* 111*".Split(' ').Select(Parse)];
        for (int i = 0; i < ordered.Length; i++)
        {
            for (int j = 0; j < ordered.Length; j++)
                Assert.Equal(i.CompareTo(j), Math.Sign(ordered[i].CompareTo(ordered[j])));
        }

        Assert.True(new DirFrag(new Ino(1), Parse("1*")).CompareTo(new DirFrag(new Ino(2), Frag.Root)) < 0);
        Assert.True(new DirFrag(new Ino(1), Parse("1*")).CompareTo(new DirFrag(new Ino(1), Parse("0*"))) > 0);
    }

    internal static Frag Parse(string text)
    {
        Assert.True(Frag.TryParse(text, out Frag frag), text);
        return frag;
    }

    private static void CheckChildren(Frag frag, int splitBits)
    {
        uint next = frag.Value;
        for (uint i = 0; i < 1u << splitBits; i++)
        {
            Frag child = frag.Child(splitBits, i);
            Assert.Equal(next, child.Value);
            Assert.True(frag.Contains(child) && !child.Contains(frag));
            Assert.True(child.Contains(child.Value) && child.Contains(child.Last));
            next = child.Last + 1;
            for (int j = 0; j < splitBits; j++)
                child = child.Parent();
            Assert.Equal(frag, child);
        }

        Assert.Equal(frag.Last + 1, next);
    }

    private static IEnumerable<Frag> AllUpTo(int bits)
    {
        for (int depth = 0; depth <= bits; depth++)
        {
            for (uint i = 0; i < 1u << depth; i++)
                yield return Frag.Root.Child(depth, i);
        }
    }
}
