// One message of each kind, with something in every field. Their bytes are kept beside (Golden.txt): a change here changes those.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>One message of each kind, in order of their numbers.</summary>
internal static class MessageSamples
{
    private static readonly Ino s_ino = new(0x1122_3344_5566_7788);
    private static readonly DirFrag s_dir = new(new Ino(0x1001), Frag.Make(3, 0xA0_0000));

    private static readonly UpdateId s_update = new(new RankId(6), 102, 103);

    public static IReadOnlyList<Message> All =>
    [
        new SessionOpen("node-7, größer"),
        new SessionOpened(),
        new SessionClose(0x0102_0304_0506_0708),
        new SessionClosed(SessionEnd.Evicted),
        new SessionRenew(11),
        new SessionRenewed(12),
        new SessionStale(),
        new SessionFlush(13),
        new SessionFlushAck(14),
        new SessionReadOnly(),
        new Reconnect(
        [
            new CapReconnect(s_ino, 21, CapBits.FileRead, CapBits.FileShared, "a/b"u8.ToArray(), CapBits.AuthExclusive, 22),
            new CapReconnect(new Ino(0x1002), 23, CapBits.None, CapBits.Pin, default),
        ]),
        Request,
        Reply,
        new ClientForward(36, new RankId(5), 2) { Path = "/a/b"u8.ToArray(), Path2 = "/c"u8.ToArray() },
        Grant,
        new CapUpdate(
            s_ino, 41, 42, 43, 44, CapBits.Pin | CapBits.FileShared, CapBits.FileWrite, CapBits.FileExclusive, 45,
            new CapAttributes { Mode = 1, Uid = 2, Gid = 3, Size = 4, ModifiedAt = 5, AccessedAt = 6, ChangedAt = -7 }),
        new CapFlushAck(s_ino, 46, CapBits.XattrExclusive),
        new CapRelease([new CapReleaseItem(s_ino, 51, 52, 53), new CapReleaseItem(new Ino(0x1003), 54, 55, 56)]),
        new CapExport(s_ino, 61, 62, new CapPeer(new RankId(63), 64, 65, 66)),
        new CapImport(
            s_ino, 71, 72, 73, CapBits.LinkShared, CapBits.LinkExclusive, new CapPeer(RankId.None, 74, 75, 76), true),
        new CapClaim(s_ino, 77, 78),
        new Discover(81, s_ino, s_dir.Frag, ["usr"u8.ToArray(), "café"u8.ToArray()], true, false, true),
        new DiscoverReply(
            82, s_ino, DiscoverOutcome.Gone, "gone"u8.ToArray(), new RankId(3),
            [Dir, Entry("f"u8.ToArray()), Link("l"u8.ToArray())]),
        new CacheExpire(
        [
            new ExpireRealm(s_dir, [new ExpiredEntry(s_dir, "e"u8.ToArray(), 91)], [new ExpiredDir(s_dir, 92)]),
            new ExpireRealm(new DirFrag(Ino.Root, Frag.Root), [], []),
        ]),
        new LockMessage(s_ino, LockKind.File, LockAction.LockAck, 93, "share"u8.ToArray()),
        new ReplicaRecall(s_dir, "wanted"u8.ToArray()),
        new RecallRefused(s_dir, "kept"u8.ToArray()),
        new NameClaim(
            s_update, new ClientId(101), new Credential(1000, 100, [27, 44]), s_ino, "claimed"u8.ToArray(), true, true),
        new LinkClaim(
            s_update, new ClientId(104), new Credential(1000, 100, [27]), s_ino, s_dir.Ino, "linked"u8.ToArray(), true,
            IoError.Exists),
        new NameOffered(
            s_update, IoError.None, Entry("offered"u8.ToArray(), 0x41ED),
            [Dir with { Name = new DirFrag(s_ino, Frag.Root) }]),
        new NameDecision(s_update, true, ["way"u8.ToArray(), "new"u8.ToArray()]),
        new NameGone(s_update),
        new ClusterMap(
            94,
            [
                new ClusterRank(ClusterRankState.Active, 95, "127.0.0.1:6800", 2),
                new ClusterRank(ClusterRankState.Failed, 96, "größer", 0),
            ]),
    ];

    private static ClientRequest Request => new(31, ClientOp.Rename)
    {
        Caller = new Credential(1000, 100, [27, 44]),
        Base = s_ino,
        Path = "old/name"u8.ToArray(),
        Follow = true,
        Base2 = new Ino(0x1004),
        Path2 = "new"u8.ToArray(),
        Changes = new AttributeChanges { Mode = 420, Size = 1L << 40, ModifiedAt = -1, AccessedNow = true },
        Flags = OpenFlags.Write | OpenFlags.Keep,
        XattrName = "user.x",
        Value = "value"u8.ToArray(),
        Cursor = new DirectoryCursor(0x12_3456, "last"u8.ToArray()),
        Limit = 500,
        OldestTid = 30,
        Fragment = Frag.Make(1, 0x80_0000),
        SplitBits = 2,
        OnlySafe = true,
        Hops = 3,
    };

    private static ClientReply Reply => new(31, IoError.NotEmpty)
    {
        IsSafe = false,
        Stat = new FileStat
        {
            Ino = s_ino,
            Type = InodeType.Directory,
            Mode = 493,
            Uid = 1,
            Gid = 2,
            Links = 3,
            Size = 4,
            AccessedAt = 5,
            ModifiedAt = 6,
            ChangedAt = 7,
            ChangeCount = 8,
            RecursiveBytes = 9,
            RecursiveFiles = 10,
            RecursiveDirectories = 11,
        },
        Items = [new DirectoryItem("one"u8.ToArray(), new Ino(0x1005), InodeType.File)],
        Cursor = DirectoryCursor.Behind(0x65_4321),
        IsEnd = true,
        Caps = Grant,
        Value = "target"u8.ToArray(),
    };

    private static CapGrant Grant =>
        new(s_ino, 32, 33, 34, 35, CapBits.All, CapBits.FileRead | CapBits.FileCache, true);

    private static DirReplica Dir
    {
        get
        {
            DirRecord dir = default;
            dir.Version = 7;
            dir.CommittedVersion = 6;
            dir.State = DirWireState.Complete;
            dir.Stat.Files = 5;
            return new DirReplica(s_dir, 83, MemoryMarshal.AsBytes(new Span<DirRecord>(ref dir)).ToArray());
        }
    }

    public static EntryReplica Entry(byte[] name, uint mode = 0x81A4)
    {
        EntryRecord entry = default;
        entry.Dentry.Hash = NameHash.Of(name);
        entry.Dentry.Last = SnapId.NoSnap.Value;
        entry.Inode.Ino = s_ino;
        entry.Inode.Mode = mode;
        entry.Inode.HashKind = NameHashKind.XxHash32;
        entry.Inode.ExportPin = -1;
        entry.Inode.Loner = -1;
        return new EntryReplica(
            s_dir.Ino, name, RecordKind.Entry, 84, MemoryMarshal.AsBytes(new Span<EntryRecord>(ref entry)).ToArray(),
            [new ReplicaAttribute(ExtKind.Xattrs, XattrSet.With([], "user.a", "b"u8.ToArray()))]);
    }

    public static EntryReplica Link(byte[] name)
    {
        LinkRecord link = default;
        link.Dentry.Hash = NameHash.Of(name);
        link.Dentry.Last = SnapId.NoSnap.Value;
        link.Linkage = DentryLinkage.Remote;
        link.RemoteIno = s_ino;
        link.RemoteType = 8;
        return new EntryReplica(
            s_dir.Ino, name, RecordKind.Link, 85, MemoryMarshal.AsBytes(new Span<LinkRecord>(ref link)).ToArray(), []);
    }
}
