using Engine.Buffers;

namespace Engine.Metadata.Tests.Names;

public sealed class FragSetTests
{
    [Fact]
    public void MG004_TheSetDoesNotDependOnTheOrderOfInsertion()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var random = new SeededRandom(seed);
            Frag[] frags = [.. Enumerable.Range(0, random.NextInt(1, 24))
                .Select(_ => Frag.Make(random.NextInt(6), (uint)random.NextInt((int)Frag.HashMax + 1)))];
            Frag[] first = Insert(frags);
            Shuffle(frags, random);
            Assert.Equal(first, Insert(frags));
            AssertMinimalCover(frags, first);
        }
    }

    [Fact]
    public void MG004_AllLeavesOfATreeInAnyOrderBecomeTheRoot()
    {
        var random = new SeededRandom(3);
        Frag[] leaves = [.. Enumerable.Range(0, 64).Select(i => Frag.Root.Child(6, (uint)i))];
        for (int i = 0; i < 20; i++)
        {
            Shuffle(leaves, random);
            Assert.Equal([Frag.Root], Insert(leaves));
        }
    }

    [Fact]
    public void WhatIsThereIsNotAddedAgain()
    {
        FragSet set = new();
        Assert.True(set.Add(FragTests.Parse("0*")));
        Assert.False(set.Add(FragTests.Parse("01*")));
        Assert.True(set.Contains(FragTests.Parse("01*")));
        Assert.False(set.Contains(Frag.Root));
        Assert.True(set.Add(Frag.Root));
        Assert.Equal("*", set.ToString());
    }

    private static Frag[] Insert(Frag[] frags)
    {
        FragSet set = new();
        foreach (Frag frag in frags)
        {
            bool isNew = !set.Contains(frag);
            Assert.Equal(isNew, set.Add(frag));
            Assert.True(set.Contains(frag));
        }

        return set.Frags.ToArray();
    }

    private static void AssertMinimalCover(Frag[] inserted, Frag[] set)
    {
        for (uint i = 0; i < 64; i++)
        {
            Frag piece = Frag.Root.Child(6, i);
            Assert.Equal(inserted.Any(frag => frag.Contains(piece)), set.Any(frag => frag.Contains(piece)));
        }

        for (int i = 1; i < set.Length; i++)
            Assert.True(set[i - 1].Last < set[i].Value && set[i - 1].Bits > 0 && set[i - 1].Sibling() != set[i]);
    }

    private static void Shuffle(Frag[] frags, SeededRandom random)
    {
        for (int i = frags.Length - 1; i > 0; i--)
        {
            int other = random.NextInt(i + 1);
            (frags[i], frags[other]) = (frags[other], frags[i]);
        }
    }
}
