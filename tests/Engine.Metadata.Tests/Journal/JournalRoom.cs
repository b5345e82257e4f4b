using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What the tests of a journal without room have in common: it fills and empties, and what clients ask of it.</summary>
internal static class JournalRoom
{
    /// <summary>The journal takes nothing more; nor does the store, where that is full, too.</summary>
    public static void Fill(RankHarness rank, bool isStoreFullToo = false)
    {
        rank.MemoryLog.Refusal = IoError.NoSpace;
        rank.GatedStore.Failure = isStoreFullToo ? IoError.NoSpace : IoError.None;
    }

    /// <summary>Both take everything again, and the rank has gone on.</summary>
    public static void Empty(RankHarness rank)
    {
        rank.MemoryLog.Refusal = IoError.None;
        rank.GatedStore.Failure = IoError.None;
        rank.Advance(3_000_000);
    }

    /// <summary>Makes a file that the client keeps open for writing.</summary>
    public static CapGrant Open(RankHarness rank, string path, long client)
    {
        ulong tid = rank.Submit(
            Make(path) with { Flags = OpenFlags.Write | OpenFlags.OrOpen | OpenFlags.Keep }, client);
        rank.Run();
        Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true });
        return rank.RepliesTo(tid)[0].Caps!;
    }

    /// <summary>The size that a client has written under its capability.</summary>
    public static CapUpdate Flush(CapGrant cap, ulong number, long size) => new(
        cap.Ino, cap.CapId, cap.Seq, cap.IssueSeq, cap.MigrationSeq, cap.Caps, cap.Wanted, CapBits.FileWrite, number,
        new CapAttributes { Size = size });

    public static ClientRequest Make(string path) => Ask(ClientOp.Create, path);

    public static ClientRequest Ask(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
}
