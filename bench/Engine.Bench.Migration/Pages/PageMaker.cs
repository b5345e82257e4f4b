using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Makes pages of the sample.</summary>
internal static unsafe class PageMaker
{
    /// <summary>A sealed chain.</summary>
    public static PageChain Make(MetadataPagePool pool)
    {
        PageChain chain = PageChain.TryCreate(pool, PageKind.Dirfrag, SampleDirectory.Of, epoch: 1, moves: null)
            ?? throw new IOException("the page pool is too small");
        DirRecord* dir = pool.Dir(chain.Dir);
        dir->Version = SampleDirectory.Version;
        dir->State = DirWireState.Complete;
        dir->Stat.Files = SampleDirectory.Entries;
        foreach (ref readonly SampleEntry entry in SampleDirectory.Values.AsSpan())
            Add(chain, in entry);
        if (!chain.TrySeal())
            throw new IOException("the page pool is too small");
        return chain;
    }

    /// <summary>Fails the run; the figures would be of something else.</summary>
    public static void Check(IoError error)
    {
        if (error.Failed)
            throw new IOException($"the pages could not be made: {error}");
    }

    private static void Add(PageChain chain, in SampleEntry entry)
    {
        bool isLink = entry.RemoteIno != 0;
        Check(chain.TryAdd(isLink ? RecordKind.Link : RecordKind.Entry, entry.Name, entry.Hash, out RecordRef at));
        chain.Pool.Dentry(at)->Version = entry.Version;
        if (isLink)
        {
            LinkRecord* link = chain.Pool.Link(at);
            link->RemoteIno = new Ino(entry.RemoteIno);
            link->RemoteType = SampleDirectory.RegularType;
            link->Linkage = DentryLinkage.Remote;
            return;
        }

        Fill(&chain.Pool.Entry(at)->Inode, in entry);
        if (entry.Symlink is { } symlink)
            Check(chain.TrySetExt(ref at, ExtKind.Symlink, symlink));
        if (entry.XattrName is not null)
            Check(chain.TrySetExt(ref at, ExtKind.Xattrs, Encode(entry.XattrName, entry.XattrValue!, stackalloc byte[256])));
    }

    private static void Fill(InodeFields* inode, in SampleEntry entry)
    {
        inode->Ino = new Ino(entry.Ino);
        inode->Mode = entry.Mode;
        inode->Uid = entry.Uid;
        inode->Gid = entry.Gid;
        inode->LinkCount = entry.LinkCount;
        inode->Size = entry.Size;
        inode->Mtime = entry.Mtime;
        inode->Atime = entry.Atime;
        inode->Ctime = entry.Ctime;
        inode->Btime = entry.Btime;
        inode->ChangeAttr = entry.ChangeAttr;
        inode->Version = entry.Version;
        if (entry.HasReplica)
        {
            inode->Replicas.Ranks = 1 << 1;
            inode->Replicas.Nonces[0] = 1;
        }
    }

    private static ReadOnlySpan<byte> Encode(string name, byte[] value, Span<byte> room)
    {
        int length = Encoding.UTF8.GetBytes(name, room[1..]);
        room[0] = (byte)length;
        room[length + 1] = (byte)value.Length;
        value.CopyTo(room[(length + 2)..]);
        return room[..(length + 2 + value.Length)];
    }
}
