// One message of each kind, with something in every field. Their bytes are kept beside (Golden.txt): a change here changes those.

using System.Runtime.InteropServices;
using Engine.Metadata;

namespace Engine.Migration.Tests;

/// <summary>One message of each kind, in order of their numbers.</summary>
internal static class MessageSamples
{
    private static readonly MigrationId s_id = new(new RankId(2), 0x0102_0304_0506_0708, 9);
    private static readonly DirFrag s_base = new(new Ino(0x1001), Frag.Make(3, 0xA0_0000));
    private static readonly DirFrag[] s_bounds = [new(new Ino(0x1002), Frag.Root), new(new Ino(0x1003), Frag.Make(1, 0x80_0000))];
    private static readonly ImportedClient s_client = new(new ClientId(41), "node-7", [new CompletedRequest(42, new Ino(0x43))]);

    private static readonly ExportedCaps s_caps = new(
        new Ino(0x1005),
        [
            new CapExportRecord(
                new ClientId(41), 18, CapBits.FileWrite, CapBits.FileShared, CapBits.Pin, new SnapId(19), 20, 21, 22),
        ]);

    private static readonly ExportedDir[] s_dirs =
    [
        new(s_base, [new ExportedPage(new PageStamp(81, 82), IsHere: true)]),
        new(
            s_bounds[0],
            [new ExportedPage(new PageStamp(83, 84), IsHere: false), new ExportedPage(new PageStamp(85, 86), IsHere: true)]),
    ];

    public static IReadOnlyList<Message> All =>
    [
        new ExportDiscover(s_id, s_base, Ino.Root, [[0x61], [0x62, 0x63]], 11),
        new ExportDiscoverAck(s_id, s_base, MigrationRefusal.UnknownPath, 12),
        new ExportCancel(s_id, s_base, MigrationRefusal.Deadline),
        new ExportCancelAck(s_id, s_base),
        new ExportPrep(s_id, s_base, 13, Root, s_bounds, [Root], 0b1010),
        new ExportPrepAck(s_id, s_base, MigrationRefusal.Locks),
        new ExportNotify(
            s_id, s_base, 14, WantsAck: true, Authority.Of(new RankId(2)), Authority.Of(new RankId(2), new RankId(3)), s_bounds),
        new ExportNotifyAck(s_id, s_base, Authority.Of(new RankId(3))),
        new ExportDir(
            s_id, s_base, 15, 27, s_bounds, s_dirs, [Sums],
            [s_client], [s_caps], [new ExportedLock(new Ino(0x1005), LockKind.File, new LockRecord(LockState.Lock, 5, 6, true))]),
        new ExportAck(
            s_id, s_base, 16, MigrationRefusal.Damaged,
            [new ImportedCaps(new Ino(0x1005), [new CapImportRecord(new ClientId(41), 23, 24, 25)])]),
        new ExportFinish(
            s_id, s_base, IsLast: true, [new ExpiredEntry(s_base, [0x64], 33)], [new ExpiredDir(s_base, 34)]),
        new ExportFinishAck(s_id, s_base),
        new ExportStage(s_id, s_base, 91, s_dirs, s_bounds),
        new ExportStageAck(s_id, s_base, 92, MigrationRefusal.TooBig),
        new ExportCaps(
            new Ino(0x1004), 17,
            s_caps.Caps,
            [s_client]),
        new ExportCapsAck(
            new Ino(0x1004), 17, MigrationRefusal.NotAuthority, [new CapImportRecord(new ClientId(41), 23, 24, 25)]),
        new GatherCaps(new Ino(0x1004)),
        new GatherAllCaps(7),
        new GatherAllCapsAck(7),
        new PinNews(new Ino(0x1004), new RankId(3)),
        new Resolve(
            26, [new SubtreeClaim(s_base, s_bounds)], [new AmbiguousImport(s_id, s_base, 27, s_bounds)], true),
    ];

    private static DirReplica Root
    {
        get
        {
            DirRecord dir = new() { Version = 31, CommittedVersion = 30, First = 2 };
            return new DirReplica(s_base, 32, MemoryMarshal.AsBytes(new Span<DirRecord>(ref dir)).ToArray());
        }
    }

    private static BoundSums Sums => new(
        s_bounds[0],
        new FragStat { Version = 51, Mtime = 52, ChangeAttr = 53, Files = 54, Subdirs = 55 },
        new FragStat { Version = 56, Mtime = 57, ChangeAttr = 58, Files = 59, Subdirs = 60 },
        new RecursiveStat { Version = 61, Ctime = 62, Bytes = 63, Files = 64, Subdirs = 65, SnapRealms = 66 },
        new RecursiveStat { Version = 67, Ctime = 68, Bytes = 69, Files = 70, Subdirs = 71, SnapRealms = 72 });
}
