using System.Runtime.InteropServices;
using System.Text;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>A directory's pages from one rank's memory to another's over a connection.</summary>
public sealed unsafe class DirectoryTests
{
    private const int Entries = 1000;
    private const long PoolBytes = 16 << 20;

    private static readonly DirFrag s_of = new(Ino.Root, Frag.Root);

    [Fact]
    public void APageIsTakenOverWhereItWasReceived()
    {
        using var from = new MetadataPagePool(PoolBytes);
        using var to = new MetadataPagePool(PoolBytes);
        using var zero = new TestEnd(TestEnd.Rank(0));
        using var one = new TestEnd(TestEnd.Rank(1), change: options => options with { Memory = PageMemory.Of(to) });
        (Connection mine, _) = zero.Connect(one);
        using PageChain chain = Make(from);
        using var validator = new PageValidator();

        var cargo = new Cargo(1);
        cargo.Attach(Share(from, chain));
        Assert.Equal(SendOutcome.Queued, mine.TrySend(cargo));
        using PageParcel parcel = one.Handler.TakeMessage<Cargo>().Detach();
        List<PageId> pages = [];
        for (int i = 0; i < parcel.Count; i++)
            pages.Add(to.Take(chain.StoredPage(i).SizeClass, parcel[i].Handle));
        parcel.Surrender();
        PageProblem problem = PageChain.TryAdopt(
            to, CollectionsMarshal.AsSpan(pages), s_of, PageKind.Dirfrag, validator, out PageChain? adopted);

        Assert.True(problem.IsNone, problem.ToString());
        Assert.Equal(chain.StoredPageCount, pages.Count);
        for (int i = 0; i < chain.StoredPageCount; i++)
        {
            MetadataPage sent = from.Page(chain.StoredPage(i));
            MetadataPage got = to.Page(adopted!.StoredPage(i));
            Assert.True(sent.Front.SequenceEqual(got.Front) && sent.Directory.SequenceEqual(got.Directory));
        }

        for (int i = 0; i < PageSize.ClassCount; i++)
            Assert.Equal((0, 0), (from.Blocks(i).PayloadBytesCopied, to.Blocks(i).PayloadBytesCopied));
        adopted!.Dispose();
        Assert.Equal(0, to.BytesUsed);
    }

    private static PageParcel Share(MetadataPagePool pool, PageChain chain)
    {
        PageParcel parcel = PageParcel.Rent();
        parcel.IsSealed = true;
        for (int i = 0; i < chain.StoredPageCount; i++)
        {
            PageId id = chain.StoredPage(i);
            MetadataPage page = pool.Page(id);
            pool.Blocks(id.SizeClass).Retain(pool.Handle(id));
            parcel.Add(pool.Blocks(id.SizeClass), pool.Handle(id), page.UsedBytes, page.Directory.Length);
        }

        return parcel;
    }

    private static PageChain Make(MetadataPagePool pool)
    {
        PageChain? chain = PageChain.TryCreate(pool, PageKind.Dirfrag, s_of, epoch: 1, moves: null);
        Assert.NotNull(chain);
        pool.Dir(chain.Dir)->State = DirWireState.Complete;
        pool.Dir(chain.Dir)->Stat.Files = Entries;
        for (int i = 0; i < Entries; i++)
        {
            byte[] name = Encoding.UTF8.GetBytes($"file-{i:0000}");
            Assert.False(chain.TryAdd(RecordKind.Entry, name, NameHash.Of(name), out RecordRef at).Failed);
            EntryRecord* entry = pool.Entry(at);
            entry->Inode.Ino = new Ino(1_000_000 + (ulong)i);
            entry->Inode.Mode = 0x81A4;
            entry->Inode.LinkCount = 1;
        }

        Assert.True(chain.TrySeal());
        return chain;
    }
}
