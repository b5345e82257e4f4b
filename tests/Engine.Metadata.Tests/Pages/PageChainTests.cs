// Chains against a model that is kept beside them: growth, shrinking, moves, attributes, sharing, exhaustion.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

public sealed class PageChainTests
{
    private const int EntryAndName = 512 + 16;

    [Theory]
    [InlineData(8, 150)]
    [InlineData(100, 45)]
    [InlineData(1000, 45)]
    [InlineData(5000, 45)]
    public void Growth_WastesLittle(int entries, int bytesMax)
    {
        using var pages = new PageFixture();
        using PageChain chain = pages.NewChain();
        for (int i = 0; i < entries; i++)
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, PageFixture.Name(i), (uint)i, out _));
        double beside = ((double)chain.BytesUsed / entries) - EntryAndName;
        Assert.InRange(beside, 0, bytesMax);
        Assert.Equal(chain.BytesUsed, pages.Pool.BytesUsed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(40)]
    [InlineData(300)]
    [InlineData(3000)]
    public void Growth_ThatIsForeseen_TakesNoMoreRoomAndFewerMoves(int entries)
    {
        using var pages = new PageFixture();
        var model = new ChainModel();
        using PageChain foreseen = pages.NewChain(model);
        using PageChain chain = pages.NewChain();
        EntryRecord image = default;
        image.Inode.Ino = new Ino(77);
        for (int i = 0; i < entries; i++)
        {
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, PageFixture.Name(i), (uint)i, out _));
            IoError error = foreseen.TryAddImage(image, PageFixture.Name(i), (uint)i, out RecordRef at, entries - i);
            Assert.Equal(IoError.None, error);
            Assert.Equal(new Ino(77), ReadIno(pages, at));
            Assert.Equal(PageFixture.Name(i), pages.Pool.Name(at).ToArray());
        }

        Assert.InRange(foreseen.BytesUsed, 0, chain.BytesUsed + (chain.BytesUsed / 20));
        Assert.InRange(model.MoveCount, 0, 5 + (entries / 3));
    }

    [Fact]
    public void EmptyChain_IsOneSmallestPage()
    {
        using var pages = new PageFixture();
        using PageChain chain = pages.NewChain();
        Assert.Equal(PageSize.BytesMin, chain.BytesUsed);
        Assert.Equal(RecordKind.Dir, pages.Pool.KindOf(chain.Dir));
    }

    [Fact]
    public void Growth_MovesARecordAtMostThreeTimesOnAverage()
    {
        using var pages = new PageFixture();
        var model = new ChainModel();
        using PageChain chain = pages.NewChain(model);
        model.Chain = chain;
        for (int i = 0; i < 3000; i++)
            Assert.Equal(IoError.None, model.Add(RecordKind.Entry, PageFixture.Name(i), (ulong)i));
        model.Verify();
        Assert.InRange(model.MoveCount, 1, 3000 * 3);
    }

    [Fact]
    public void Removal_GivesPagesBack()
    {
        using var pages = new PageFixture();
        var model = new ChainModel();
        using PageChain chain = pages.NewChain(model);
        model.Chain = chain;
        for (int i = 0; i < 2000; i++)
            Assert.Equal(IoError.None, model.Add(RecordKind.Entry, PageFixture.Name(i), (ulong)i));
        var random = new SeededRandom(3);
        while (model.Count > 20)
            Assert.Equal(IoError.None, model.Remove(random.NextInt(model.Count)));
        model.Verify();
        Assert.InRange(chain.BytesUsed, 0, 5 * 20 * EntryAndName);
        while (model.Count > 0)
            Assert.Equal(IoError.None, model.Remove(model.Count - 1));
        Assert.Equal(PageSize.BytesMin, chain.BytesUsed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomChanges_AgreeWithTheModel(ulong seed)
    {
        using var pages = new PageFixture();
        var model = new ChainModel();
        using PageChain chain = pages.NewChain(model);
        model.Chain = chain;
        var random = new SeededRandom(seed);
        var lists = new List<BufferList>();
        for (int step = 0; step < 4000; step++)
        {
            Assert.Equal(IoError.None, Change(model, random, step));
            if (random.NextInt(40) == 0)
                ShareSome(chain, lists);
            if (random.NextInt(30) == 0)
                Drop(lists);
            if (step % 200 == 0)
                model.Verify();
        }

        model.Verify();
        while (lists.Count > 0)
            Drop(lists);
    }

    [Fact]
    public void SharedPages_KeepTheirBytes()
    {
        using var pages = new PageFixture();
        var model = new ChainModel();
        using PageChain chain = pages.NewChain(model);
        model.Chain = chain;
        for (int i = 0; i < 300; i++)
            Assert.Equal(IoError.None, model.Add(RecordKind.Entry, PageFixture.Name(i), (ulong)i));
        Assert.True(chain.TrySeal());
        List<BufferList> lists = [chain.Share()];
        byte[] before = Flatten(lists);
        Assert.Equal(chain.StoredBytes, before.Length);
        for (int i = 0; i < 300; i += 2)
            Assert.Equal(IoError.None, model.Write(i, 1000 + (ulong)i));
        for (int i = 0; i < 50; i++)
            Assert.Equal(IoError.None, model.Remove(0));
        Assert.True(chain.TrySeal());
        model.Verify();
        Assert.Equal(before, Flatten(lists));
        lists.ForEach(list => list.Dispose());
    }

    [Fact]
    public void Seal_LeavesWhatDidNotChangeAlone()
    {
        using var pages = new PageFixture();
        using PageChain chain = pages.NewChain();
        for (int i = 0; i < 1000; i++)
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, PageFixture.Name(i), (uint)i, out _));
        Assert.True(chain.TrySeal());
        using BufferList shared = chain.Share();
        PageId[] before = chain.Pages.ToArray();
        Assert.True(chain.TrySeal());
        Assert.Equal(before, chain.Pages.ToArray());
    }

    [Fact]
    public void Exhaustion_IsAValueAndChangesNothing()
    {
        using var pages = new PageFixture(bytesMax: 200 << 10);
        var model = new ChainModel();
        using PageChain chain = pages.NewChain(model);
        model.Chain = chain;
        int added = 0;
        while (model.Add(RecordKind.Entry, PageFixture.Name(added), (ulong)added).IsNone)
            added++;
        model.Verify();
        Assert.InRange(added, 200, 400);
        Assert.Equal(IoError.NoMemory, model.SetExt(0, ExtKind.Xattrs, PageFixture.Bytes(1, 60_000)));
        model.Verify();
        Assert.Equal(new IoError(7), model.SetExt(0, ExtKind.Xattrs, new byte[ExtLimits.BytesMax + 1]));
        Assert.True(chain.TrySeal());
        using (BufferList shared = chain.Share())
            Assert.Equal(IoError.NoMemory, WriteAll(model));
        Assert.Equal(IoError.None, WriteAll(model));
        model.Verify();
    }

    [Fact]
    public void DirRecord_KeepsItsPlaceWithAttributes()
    {
        using var pages = new PageFixture();
        using PageChain chain = pages.NewChain();
        for (int i = 0; i < 60; i++)
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, PageFixture.Name(i), (uint)i, out _));
        byte[] nonces = PageFixture.Bytes(5, 256);
        byte[] tree = PageFixture.Bytes(6, 3000);
        RecordRef dir = chain.Dir;
        Assert.Equal(IoError.None, chain.TrySetExt(ref dir, ExtKind.Replicas, nonces));
        Assert.Equal(IoError.None, chain.TrySetExt(ref dir, ExtKind.FragTree, tree));
        Assert.Equal(chain.Dir, dir);
        Assert.True(chain.TryGetExt(dir, ExtKind.Replicas, [], out ReadOnlySpan<byte> value));
        Assert.Equal(nonces, value.ToArray());
        Assert.True(chain.TryGetExt(dir, ExtKind.FragTree, new byte[3000], out value));
        Assert.Equal(tree, value.ToArray());
        Assert.Equal(3000, chain.ExtLength(dir, ExtKind.FragTree));
        Assert.Equal(-1, chain.ExtLength(dir, ExtKind.Xattrs));
    }

    internal static IoError Change(ChainModel model, SeededRandom random, int step)
    {
        int index = model.Count == 0 ? 0 : random.NextInt(model.Count);
        var ext = (ExtKind)(1 + random.NextInt(ExtLimits.KindCount - 1));
        switch (model.Count == 0 ? 0 : random.NextInt(100))
        {
            case < 40:
                byte[] name = PageFixture.Bytes((ulong)step, 1 + random.NextInt(255));
                return model.Add(random.NextInt(4) == 0 ? RecordKind.Link : RecordKind.Entry, name, (ulong)step + 1);
            case < 65:
                return model.Remove(index);
            case < 75:
                return model.Write(index, (ulong)step);
            case < 80:
                return model.Convert(index, random.NextInt(2) == 0 ? RecordKind.Link : RecordKind.Entry);
            case < 85:
                return model.SetExt(index, ext, null);
            default:
                int max = random.NextInt(10) == 0 ? ExtLimits.MaxOf(ext) : Math.Min(1500, ExtLimits.MaxOf(ext));
                return model.SetExt(index, ext, PageFixture.Bytes((ulong)step, random.NextInt(max + 1)));
        }
    }

    private static IoError WriteAll(ChainModel model)
    {
        for (int i = 0; i < model.Count; i++)
        {
            if (model.Write(i, 77).Failed)
                return IoError.NoMemory;
        }

        return IoError.None;
    }

    private static void ShareSome(PageChain chain, List<BufferList> lists)
    {
        Assert.True(chain.TrySeal());
        lists.Add(chain.Share());
    }

    private static void Drop(List<BufferList> lists)
    {
        if (lists.Count == 0)
            return;
        lists[0].Dispose();
        lists.RemoveAt(0);
    }

    private static byte[] Flatten(List<BufferList> lists)
    {
        var bytes = new List<byte>();
        foreach (BufferList list in lists)
        {
            var part = new byte[list.Length];
            list.CopyTo(0, part);
            bytes.AddRange(part);
        }

        return [.. bytes];
    }

    private static unsafe Ino ReadIno(PageFixture pages, RecordRef at) => pages.Pool.Entry(at)->Inode.Ino;
}
