// Over a million damaged chains. Pages lie in guarded memory of exactly their size, so that a read beyond one ends the run;
// checksums are put right after the damage, so that the checks behind them are met.

using Engine.Buffers;
using Xunit;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>Any bytes are refused or are good pages; nothing throws, and nothing outside the pages is touched.</summary>
public sealed class PageFuzzTests(ITestOutputHelper output)
{
    private const int ExecutionsPerSeed = 140_000;

    private static readonly int[] s_entries = [0, 1, 3, 10];

    [Fact]
    public void MG007_EveryFlippedBitIsNoticed()
    {
        using var pages = new PageFixture(bytesMax: 64 << 20);
        using var validator = new PageValidator();
        using PageChain chain = new Region(21, 2, 1500).Build(pages.Pool);
        byte[] stored = Region.Stored(chain);
        for (int bit = 0; bit < stored.Length * 8; bit++)
        {
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
            IoError error = Load(pages.Pool, stored, validator, out PageChain? loaded, out PageProblem problem);
            Assert.Equal((new IoError(117), null), (error, loaded));
            Assert.False(problem.IsNone);
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(chain.BytesUsed, pages.Pool.BytesUsed);
    }

    [Fact]
    public void MG007_EveryPrefixIsRefused()
    {
        using var pages = new PageFixture(bytesMax: 64 << 20);
        using var validator = new PageValidator();
        using PageChain chain = new Region(22, 9, 1500).Build(pages.Pool);
        byte[] stored = Region.Stored(chain);
        for (int length = 0; length < stored.Length; length++)
        {
            IoError error = Load(pages.Pool, stored.AsSpan(0, length), validator, out PageChain? loaded, out PageProblem problem);
            Assert.Equal((new IoError(117), null), (error, loaded));
            Assert.Equal(PageProblemKind.Truncated, problem.Kind);
        }

        Assert.Equal(chain.BytesUsed, pages.Pool.BytesUsed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void DamagedPagesWithGoodChecksums_AreRefusedOrRoundTrip(ulong seed)
    {
        using var pool = new MetadataPagePool(16 << 20);
        using var validator = new PageValidator();
        GuardedChain[] chains = [.. s_entries.Select((entries, i) => Guarded(pool, (seed * 10) + (ulong)i, entries))];
        var mutator = new PageMutator(seed);
        var seen = new int[(int)PageProblemKind.TooLarge + 1];
        int accepted = 0;
        for (int i = 0; i < ExecutionsPerSeed; i++)
        {
            GuardedChain chain = chains[i % chains.Length];
            int page = mutator.Mutate(chain);
            PageProblem problem = chain.Check(validator, fixChecksums: true);
            seen[(int)problem.Kind]++;
            // Most accepted changes are of a size or a time; every fourth is taken through a chain.
            if (problem.IsNone && accepted++ % 4 == 0)
                AssertRoundTrip(pool, validator, chain.Stored(), accepted % 64 == 1);
            chain.Restore(page);
        }

        foreach (GuardedChain chain in chains)
        {
            Assert.True(chain.Check(validator, fixChecksums: false).IsNone);
            chain.Dispose();
        }

        output.WriteLine(string.Join(", ", seen.Select((count, kind) => $"{(PageProblemKind)kind} {count}")));
        Assert.Equal(0, pool.BytesUsed);
        Assert.InRange(accepted, 1000, ExecutionsPerSeed / 2);
        // Two alike take luck, and other tests; everything else is to be met by chance.
        PageProblemKind[] rare =
            [PageProblemKind.TooLarge, PageProblemKind.Checksum, PageProblemKind.DuplicateName, PageProblemKind.DuplicateIno];
        foreach (PageProblemKind kind in Enum.GetValues<PageProblemKind>().Except(rare))
            Assert.True(seen[(int)kind] > 0, $"{kind} was never found");
    }

    private static GuardedChain Guarded(MetadataPagePool pool, ulong seed, int entries)
    {
        using PageChain chain = new Region(seed, entries, 1400).Build(pool);
        return new GuardedChain(chain);
    }

    private static IoError Load(
        MetadataPagePool pool,
        ReadOnlySpan<byte> stored,
        PageValidator validator,
        out PageChain? chain,
        out PageProblem problem) =>
        PageChain.TryLoad(pool, stored, PageFixture.Frag, PageKind.Dirfrag, validator, out chain, out problem);

    /// <summary>What was accepted loads, reads and stores as it was, and every operation on it works.</summary>
    private static void AssertRoundTrip(MetadataPagePool pool, PageValidator validator, byte[] stored, bool operate)
    {
        Assert.Equal(IoError.None, Load(pool, stored, validator, out PageChain? chain, out PageProblem problem));
        Assert.True(problem.IsNone);
        using (chain)
        {
            Assert.True(chain!.TrySeal());
            Assert.Equal(stored, Region.Stored(chain));
            ReadAll(chain);
            if (operate)
                RemoveAll(chain);
        }
    }

    private static void ReadAll(PageChain chain)
    {
        var scratch = new byte[ExtLimits.BytesMax];
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in chain.Pool.Page(page).Slots)
            {
                var at = new RecordRef(page, (ushort)slot);
                if (chain.Pool.KindOf(at) == RecordKind.Ext)
                    continue;
                for (int kind = 1; kind < ExtLimits.KindCount; kind++)
                    Assert.Equal(
                        chain.ExtLength(at, (ExtKind)kind),
                        chain.TryGetExt(at, (ExtKind)kind, scratch, out ReadOnlySpan<byte> value) ? value.Length : -1);
            }
        }
    }

    private static void RemoveAll(PageChain chain)
    {
        while (FindEntry(chain) is { IsNone: false } at)
        {
            Assert.Equal(IoError.None, chain.TrySetExt(ref at, ExtKind.Replicas, PageFixture.Bytes(1, 200)));
            Assert.Equal(IoError.None, chain.TryRemove(at));
        }

        for (int i = 0; i < 20; i++)
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, PageFixture.Name(i), (uint)i, out _));
    }

    private static RecordRef FindEntry(PageChain chain)
    {
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in chain.Pool.Page(page).Slots)
            {
                if (chain.Pool.Page(page).KindOf(slot) is RecordKind.Entry or RecordKind.Link)
                    return new RecordRef(page, (ushort)slot);
            }
        }

        return default;
    }
}
