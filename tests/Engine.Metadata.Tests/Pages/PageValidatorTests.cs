// Each kind of damage that a checksum does not show: a good chain, one thing wrong with it, and the problem that has to be named.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Each kind of damage that a checksum does not show, planted and named.</summary>
public sealed unsafe class PageValidatorTests
{
    private const int Entries = 5;

    private delegate void Damage(PageChain chain, RecordRef[] entries);

    [Fact]
    public void WhatIsGood_IsAccepted() => Assert.Equal(default, Plant((_, _) => { }));

    [Fact]
    public void ANameTwice() => Expect(PageProblemKind.DuplicateName, (chain, _) => Add(chain, PageFixture.Name(0), 99));

    [Fact]
    public void ANameTwiceInDifferentSnapshots_IsGood() => Expect(
        PageProblemKind.None,
        (chain, _) => chain.Pool.Dentry(Add(chain, PageFixture.Name(0), 99))->Last = 5);

    [Fact]
    public void AnInodeTwice() =>
        Expect(PageProblemKind.DuplicateIno, (chain, _) => Add(chain, PageFixture.Name(77), 100));

    [Fact]
    public void ARecordNewerThanItsDirectory() =>
        Expect(PageProblemKind.Newer, (chain, at) => chain.Pool.Dentry(at[1])->Version = 1001);

    [Fact]
    public void AnInodeNewerThanItsDirectory() =>
        Expect(PageProblemKind.Newer, (chain, at) => chain.Pool.Entry(at[1])->Inode.Version = 1001);

    [Fact]
    public void AHashThatIsNotTheNames() =>
        Expect(PageProblemKind.Name, (chain, at) => chain.Pool.Dentry(at[1])->Hash ^= 1);

    [Fact]
    public void ANameWithASlash() => Expect(
        PageProblemKind.Name,
        (chain, _) => Add(chain, "a/b"u8.ToArray(), 99));

    [Fact]
    public void AnEmptyName() => Expect(PageProblemKind.Name, (chain, _) => Add(chain, [], 99));

    [Fact]
    public void ANameThatIsNotUtf8() => Expect(PageProblemKind.Name, (chain, _) => Add(chain, [0xFF, 0xFE], 99));

    [Fact]
    public void AFileOfNoType() => Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Entry(at[1])->Inode.Mode = 0x1FF);

    [Fact]
    public void AnInodeWithoutNumber() =>
        Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Entry(at[1])->Inode.Ino = default);

    [Fact]
    public void ALoadThatIsNoNumber() =>
        Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Entry(at[1])->Inode.Load[2] = float.NaN);

    [Fact]
    public void AnUnknownLockState() =>
        Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Entry(at[1])->Inode.Locks[8] = 200);

    [Fact]
    public void AnUnknownStateBit() =>
        Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Entry(at[1])->Inode.State = (InodeWireState)0x100);

    [Fact]
    public void SnapshotsInTheWrongOrder() =>
        Expect(PageProblemKind.Value, (chain, at) => chain.Pool.Dentry(at[1])->First = ulong.MaxValue);

    [Fact]
    public void ADirectoryCommittedBeforeItWasMade() =>
        Expect(PageProblemKind.Value, (chain, _) => chain.Pool.Dir(chain.Dir)->CommittedVersion = 1001);

    [Fact]
    public void ANullDentryWithAnInode() => Expect(
        PageProblemKind.Value,
        (chain, _) =>
        {
            Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Link, "x"u8, NameHash.Of("x"u8), out RecordRef at));
            chain.Pool.Link(at)->RemoteIno = new Ino(5);
        });

    [Fact]
    public void ReplicasWithoutTheirNonces() =>
        Expect(PageProblemKind.Ext, (chain, at) => chain.Pool.Dentry(at[1])->Replicas.Ranks = 0x1F);

    [Fact]
    public void AnItemThatNobodyHas() =>
        Expect(PageProblemKind.Ext, (chain, at) => chain.Pool.Dentry(at[1])->ExtHead = 0, withExt: true);

    [Fact]
    public void AnItemOfTwoRecords() => Expect(
        PageProblemKind.Ext,
        (chain, at) => chain.Pool.Dentry(at[2])->ExtHead = chain.Pool.Dentry(at[1])->ExtHead,
        withExt: true);

    [Fact]
    public void AValueThatComesBackToItself() => Expect(
        PageProblemKind.Ext,
        (chain, _) =>
        {
            ChunkRecord* chunk = FirstChunk(chain, out MetadataPage page);
            chunk->NextPage = page.Header.PageNo;
            chunk->NextSlot = chunk->Header.Slot;
        },
        withExt: true);

    [Fact]
    public void AChunkOfTwoValues() => Expect(
        PageProblemKind.Ext,
        (chain, at) =>
        {
            // The second value takes the first's chunks and leaves its own behind: the count of all is right.
            RecordRef other = at[3];
            Assert.Equal(IoError.None, chain.TrySetExt(ref other, ExtKind.Xattrs, PageFixture.Bytes(2, 3000)));
            ExtRecord* first = Item(chain, at[1]);
            ExtRecord* second = Item(chain, other);
            second->ChunkPage = first->ChunkPage;
            second->ChunkSlot = first->ChunkSlot;
        },
        withExt: true);

    [Fact]
    public void APageOfAnotherDirectory() => Expect(
        PageProblemKind.Identity,
        (chain, _) => chain.Pool.Page(chain.Dir.Page).Header.Ino = new Ino(77));

    [Fact]
    public void ANameOutsideTheFrag()
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        var half = new DirFrag(new Ino(5), Metadata.Frag.Make(1, 0));
        using PageChain chain = PageChain.TryCreate(pages.Pool, PageKind.Dirfrag, half, 7, null)!;
        int index = 0;
        while (half.Frag.Contains(NameHash.Of(PageFixture.Name(index))))
            index++;
        Add(chain, PageFixture.Name(index), 99);
        chain.Pool.Dir(chain.Dir)->Version = 1000;
        Assert.True(chain.TrySeal());
        PageProblem problem = validator.CheckChain(pages.Pool, chain.Pages, half, PageKind.Dirfrag);
        Assert.Equal(PageProblemKind.Name, problem.Kind);
        Assert.StartsWith("page 0, byte ", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BaseInodes_HaveNoNames()
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        var of = new DirFrag(default, Metadata.Frag.Root);
        using PageChain chain = PageChain.TryCreate(pages.Pool, PageKind.Base, of, 7, null)!;
        Add(chain, [], 1);
        Add(chain, [], 0x100);
        Assert.True(chain.TrySeal());
        Assert.Equal(default, validator.CheckChain(pages.Pool, chain.Pages, of, PageKind.Base));
        Assert.Equal(PageProblemKind.Identity, validator.CheckChain(pages.Pool, chain.Pages, of, PageKind.Dirfrag).Kind);
    }

    [Fact]
    public void PagesOutOfOrder_OrMissing()
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        using PageChain chain = new Region(4, 20, 100).Build(pages.Pool);
        PageId[] good = [.. chain.Pages, .. chain.ExtPages];
        Assert.True(good.Length > 2);
        Assert.Equal(default, validator.CheckChain(pages.Pool, good, PageFixture.Frag, PageKind.Dirfrag));
        PageId[][] bads = [[.. good[1..]], [.. good[..^1]], [.. good, good[1]], [good[0], good[2], good[1]], []];
        foreach (PageId[] bad in bads)
            Assert.False(validator.CheckChain(pages.Pool, bad, PageFixture.Frag, PageKind.Dirfrag).IsNone);
    }

    private static void Expect(PageProblemKind kind, Damage damage, bool withExt = false) =>
        Assert.Equal(kind, Plant(damage, withExt).Kind);

    private static PageProblem Plant(Damage damage, bool withExt = false)
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        using PageChain chain = pages.NewChain();
        var entries = new RecordRef[Entries];
        pages.Pool.Dir(chain.Dir)->Version = 1000;
        chain.Moves = new Follower(entries);
        for (int i = 0; i < Entries; i++)
            entries[i] = Add(chain, PageFixture.Name(i), 100 + (ulong)i);
        if (withExt)
            Assert.Equal(IoError.None, chain.TrySetExt(ref entries[1], ExtKind.Xattrs, PageFixture.Bytes(1, 3000)));
        damage(chain, entries);
        PageId[] all = [.. chain.Pages, .. chain.ExtPages];
        Assert.True(chain.TrySeal());
        return validator.CheckChain(pages.Pool, all, PageFixture.Frag, PageKind.Dirfrag);
    }

    private static RecordRef Add(PageChain chain, byte[] name, ulong ino)
    {
        Assert.Equal(IoError.None, chain.TryAdd(RecordKind.Entry, name, NameHash.Of(name), out RecordRef at));
        EntryRecord* entry = chain.Pool.Entry(at);
        entry->Inode.Ino = new Ino(ino);
        entry->Inode.Mode = 0x8000;
        return at;
    }

    private static ExtRecord* Item(PageChain chain, RecordRef at) =>
        (ExtRecord*)chain.Pool.Page(at.Page).Record(chain.Pool.Dentry(at)->ExtHead - 1);

    private static ChunkRecord* FirstChunk(PageChain chain, out MetadataPage page)
    {
        page = chain.Pool.Page(chain.ExtPages[0]);
        return (ChunkRecord*)page.Record(0);
    }

    private sealed class Follower(RecordRef[] entries) : IRecordMoves
    {
        public void RecordMoved(RecordRef from, RecordRef to)
        {
            int index = Array.IndexOf(entries, from);
            if (index >= 0)
                entries[index] = to;
        }
    }
}
