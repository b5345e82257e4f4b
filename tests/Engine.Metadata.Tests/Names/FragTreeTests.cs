// Trees of fragments: splits, merges, forced leaves, the stored form.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Names;

public sealed class FragTreeTests
{
    private const int Seeds = 40;

    [Fact]
    public void MG002_EveryHashHasOneLeafWhateverWasSplitAndMerged()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandom(seed);
            FragTree tree = RandomTree(random);
            for (int i = 0; i < 50; i++)
            {
                uint hash = (uint)random.NextInt((int)Frag.HashMax + 1);
                Assert.Equal(1, tree.Leaves.ToArray().Count(leaf => leaf.Contains(hash)));
                Assert.True(tree.Leaf(hash).Contains(hash));
                Assert.True(tree.IsLeaf(tree.Leaf(hash)));
                Frag under = Frag.Make(random.NextInt(9), hash);
                Frag[] inside = [.. tree.Leaves.ToArray().Where(under.Contains)];
                Assert.Equal(inside, tree.LeavesUnder(under).ToArray());
                Frag branch = tree.BranchOrLeaf(under);
                Assert.True(branch.Contains(under) && (branch == under || tree.IsLeaf(branch)));
            }
        }
    }

    [Fact]
    public void MG003_ForcingCoarserAndFinerFragsLeavesOthersUntouched()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandom(seed);
            FragTree tree = RandomTree(random);
            for (int i = 0; i < 20; i++)
            {
                Frag[] before = tree.Leaves.ToArray();
                Frag forced = Frag.Make(random.NextInt(10), (uint)random.NextInt((int)Frag.HashMax + 1));
                Assert.True(tree.TryForceToLeaf(forced));
                Assert.True(tree.IsLeaf(forced));
                AssertPartition(tree);
                Frag[] unrelated = [.. before.Where(leaf => !leaf.Contains(forced) && !forced.Contains(leaf))];
                Assert.All(unrelated, leaf => Assert.True(tree.IsLeaf(leaf)));
            }
        }
    }

    [Fact]
    public void MG003_ASplitOfOneThenTwoIsForcedBothWays()
    {
        FragTree tree = new();
        Assert.True(tree.TrySplit(Frag.Root, 1));
        Assert.True(tree.TrySplit(FragTests.Parse("0*"), 2));
        Assert.Equal("000* 001* 010* 011* 1*", tree.ToString());
        Assert.True(tree.TryForceToLeaf(FragTests.Parse("101*")));
        Assert.Equal("000* 001* 010* 011* 100* 101* 11*", tree.ToString());
        Assert.True(tree.TryForceToLeaf(FragTests.Parse("0*")));
        Assert.Equal("0* 100* 101* 11*", tree.ToString());
        Assert.True(tree.TryForceToLeaf(Frag.Root));
        Assert.True(tree.IsUndivided);
    }

    [Fact]
    public void SplittingInStepsEqualsSplittingAtOnce()
    {
        FragTree steps = new();
        FragTree once = new();
        Assert.True(steps.TrySplit(Frag.Root, 1));
        Assert.True(steps.TrySplit(FragTests.Parse("1*"), 1));
        Assert.True(steps.TrySplit(FragTests.Parse("0*"), 1));
        Assert.True(once.TrySplit(Frag.Root, 2));
        Assert.Equal(once.Leaves.ToArray(), steps.Leaves.ToArray());
    }

    [Fact]
    public void LimitsOfBitsAndLeavesAreRefusedWithoutEffect()
    {
        FragTree tree = new();
        Assert.True(tree.TryForceToLeaf(Frag.Make(Frag.HashBits, 5)));
        Assert.False(tree.TrySplit(Frag.Make(Frag.HashBits, 5), 1));
        tree.Merge(Frag.Root);
        Assert.False(tree.TrySplit(Frag.Root, 16));
        Assert.True(tree.TrySplit(Frag.Root, 15));
        Assert.Equal(FragTree.LeafCountMax, tree.Leaves.Length);
        Assert.False(tree.TrySplit(tree.Leaf(0), 1));
        Assert.False(tree.TryForceToLeaf(Frag.Make(Frag.HashBits, 5)));
        Assert.Equal(FragTree.LeafCountMax, tree.Leaves.Length);
        AssertPartition(tree);
    }

    [Fact]
    public void EncodedTreesReadBackEqual()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            FragTree tree = RandomTree(new SeededRandom(seed));
            byte[] bytes = new byte[tree.EncodedLength];
            tree.Encode(bytes);
            Assert.True(FragTree.TryDecode(bytes, out FragTree read, out _));
            Assert.Equal(tree.Leaves.ToArray(), read.Leaves.ToArray());
        }
    }

    [Fact]
    public void DecodingIsTotal()
    {
        var random = new SeededRandom(7);
        byte[] sound = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            FragTree tree = RandomTree(random, steps: 4);
            int length = Math.Min(tree.EncodedLength, sound.Length);
            byte[] bytes = new byte[tree.EncodedLength];
            tree.Encode(bytes);
            bytes.AsSpan(0, length).CopyTo(sound);
            Span<byte> damaged = sound.AsSpan(0, random.NextInt(length + 1));
            if (damaged.Length > 0)
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            if (FragTree.TryDecode(damaged, out FragTree read, out int errorOffset))
                AssertPartition(read);
            else
                Assert.InRange(errorOffset, 0, damaged.Length);
        }
    }

    [Fact]
    public void TooManyLeavesAreNotDecoded()
    {
        byte[] bytes = new byte[FragTree.LeafCountMax + 2];
        bytes[0] = 1;
        Assert.False(FragTree.TryDecode(bytes, out _, out int errorOffset));
        Assert.Equal(FragTree.LeafCountMax + 1, errorOffset);
    }

    private static void AssertPartition(FragTree tree)
    {
        uint next = 0;
        foreach (Frag leaf in tree.Leaves)
        {
            Assert.Equal(next, leaf.Value);
            next = leaf.Last + 1;
        }

        Assert.Equal(Frag.HashMax + 1, next);
    }

    private static FragTree RandomTree(SeededRandom random, int steps = 30)
    {
        FragTree tree = new();
        for (int i = random.NextInt(steps); i > 0; i--)
        {
            Frag leaf = tree.Leaves[random.NextInt(tree.Leaves.Length)];
            if (random.NextBool(0.7))
                tree.TrySplit(leaf, random.NextInt(1, 4));
            else if (leaf.Bits > 0)
                tree.Merge(leaf.Parent());
        }

        return tree;
    }
}
