// Directories into the store and back, and what becomes of a rank whose store does not take them.

using System.Text;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Metadata;
using Engine.Testing.Objects;

namespace Engine.Metadata.Tests;

/// <summary>Directories into the store and back: of any size, without a copy, while they change.</summary>
public class WritebackTests
{
    private const int LargeFiles = 1100;
    private const int XattrBytes = 64 << 10;

    [Fact]
    public void ADirectoryLargerThanAnyBuffer_IsWrittenAndRead()
    {
        using RankHarness rank = new(options => options with { SegmentsMax = 1, SplitBytes = long.MaxValue, CheckLevel = 1 });
        rank.Start();
        FillWithAttributes(rank, LargeFiles);
        Stop(rank);
        rank.Crash();
        rank.Start();
        Assert.Equal(LargeFiles, rank.List("/d").Count);
        ClientReply reply = rank.Call(ClientOp.GetXattr, "/d/f7", request => request with { XattrName = "user.a" });
        Assert.Equal((IoError.None, XattrBytes - 64), (reply.Error, reply.Value.Length));
    }

    [Fact]
    public void ADirectoryOfManyBytesIsDivided()
    {
        using RankHarness rank = new(options => options with { SegmentsMax = 1, SplitBytes = 1 << 20 });
        rank.Start();
        FillWithAttributes(rank, 100);
        Assert.InRange(rank.Rank.Fragmentations.Splits, 1, 20);
        Assert.Equal(100, rank.List("/d").Count);
        Stop(rank);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void AWriteCopiesNothing_AndKeepsItsBytesWhileTheDirectoryChanges()
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 });
        rank.Start();
        rank.Call(ClientOp.MakeDirectory, "/d");
        rank.GatedStore.Stalls = true;
        for (int i = 0; i < 40; i++)
        {
            rank.Submit(Make($"/d/f{i}"));
            rank.Run();
        }

        rank.GatedStore.Stalls = false;
        rank.Run();
        Assert.Equal(40, rank.List("/d").Count);
        Assert.Equal(0, CopiedBytes(rank));
        for (int i = 40; i < 80; i++)
            Assert.Equal(IoError.None, rank.Call(Make($"/d/f{i}")).Error);
        Stop(rank);
        Assert.Equal(0, CopiedBytes(rank));
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
        rank.Crash();
        rank.Start();
        Assert.Equal(80, rank.List("/d").Count);
    }

    /// <summary>A log that holds much, for what comes at once, is not kept full: a restart would read all of it.</summary>
    [Theory]
    [InlineData(64L << 10)]
    [InlineData(long.MaxValue)]
    public void OfALargeLogNoMoreIsKeptThanWanted(long keptBytes)
    {
        using RankHarness rank = new(options => options with { SegmentsMax = 1000, JournalKeptBytesMax = keptBytes });
        rank.MemoryLog.BytesMax = 64 << 20;
        rank.Start();
        rank.Call(ClientOp.MakeDirectory, "/d");
        for (int i = 0; i < 1000; i++)
            Assert.Equal(IoError.None, rank.Call(Make($"/d/f{i}")).Error);
        long kept = rank.Rank.Services.JournalBytes;
        if (keptBytes < long.MaxValue)
            Assert.InRange(kept, keptBytes / 2, keptBytes + (keptBytes / 4));
        else
            Assert.True(kept > 128 << 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhereASegmentCanNeverGo_ClientsAreToldSo(bool isDivided)
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 8, SegmentsMax = 1 });
        rank.MemoryLog.BytesMax = 1 << 20;
        rank.Start();
        foreach (string path in new[] { "/p", "/p/d", "/q" })
            rank.Call(ClientOp.MakeDirectory, path);
        for (int i = 0; i < 40; i++)
            rank.Call(Make($"/p/d/f{i}"));
        for (int i = 0; i < 40; i++)
            rank.Call(Make($"/q/f{i}"));
        Ino above = rank.Call(ClientOp.Lookup, "/p").Stat.Ino;
        Ino directory = rank.Call(ClientOp.Lookup, "/p/d").Stat.Ino;
        rank.GatedStore.Stalls = true;
        ClientRequest change = Make("/p/d/late");
        if (isDivided)
            change = new(0, ClientOp.Fragment) { Path = "/p/d"u8.ToArray(), Fragment = Frag.Root, SplitBits = 1 };
        rank.Submit(change);
        rank.Run();
        rank.Crash();
        rank.GatedStore.DropStalled();
        rank.GatedStore.Stalls = false;
        Spoil(rank, isDivided ? above : directory);
        rank.Start();
        Assert.Equal(RankState.Active, rank.Rank.State);
        for (int i = 40; i < 80; i++)
            Assert.Equal(IoError.None, rank.Call(Make($"/q/f{i}")).Error);
        Assert.NotEmpty(rank.Rank.Damage);

        // What can be written is written meanwhile, and says nothing of what cannot.
        ClientRequest other = new(0, ClientOp.Fragment) { Path = "/q"u8.ToArray(), Fragment = Frag.Root, SplitBits = 1 };
        Assert.Equal(IoError.None, rank.Call(other).Error);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        IoError error = IoError.None;
        for (int i = 80; error.IsNone && i < 5000; i++)
            error = rank.Call(Make($"/q/f{i}")).Error;
        Assert.Equal(IoError.Io, error);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        Assert.NotEmpty(rank.Rank.Damage);
    }

    [Fact]
    public void AnObjectThatCannotBeRemovedNow_IsRemovedBeforeItsSegmentGoes()
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 });
        rank.Start();
        Ino gone = rank.Call(ClientOp.MakeDirectory, "/d").Stat.Ino;
        MakeFiles(rank, 0, 20);
        string name = DirObjects.TargetOf(new DirFrag(gone, Frag.Root)).Key.Name;
        Assert.Contains(name, NamesIn(rank));

        rank.GatedStore.RemoveFailure = IoError.Io;
        Assert.Equal(IoError.None, rank.Call(ClientOp.RemoveDirectory, "/d").Error);
        MakeFiles(rank, 20, 40);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        Assert.Contains(name, NamesIn(rank));

        rank.GatedStore.RemoveFailure = IoError.None;
        rank.Advance(2_000_000);
        MakeFiles(rank, 40, 60);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        Assert.DoesNotContain(name, NamesIn(rank));
        Stop(rank);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void ARemovalThatFailedAndHappened_IsMadeDurableBeforeItsSegmentGoes()
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 4, SegmentsMax = 1 });
        rank.GatedStore.CommitIsDurable = true;
        rank.Start();
        Ino gone = rank.Call(ClientOp.MakeDirectory, "/d").Stat.Ino;
        MakeFiles(rank, 0, 20);
        string name = DirObjects.TargetOf(new DirFrag(gone, Frag.Root)).Key.Name;
        Assert.Contains(name, NamesIn(rank));

        rank.GatedStore.RemoveFailure = IoError.Io;
        rank.GatedStore.RemovesAllTheSame = true;
        Assert.Equal(IoError.None, rank.Call(ClientOp.RemoveDirectory, "/d").Error);
        MakeFiles(rank, 20, 40);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        Assert.DoesNotContain(name, NamesIn(rank));
        Assert.Equal(0, rank.GatedStore.Flushes);

        rank.GatedStore.RemoveFailure = IoError.None;
        rank.Advance(2_000_000);
        MakeFiles(rank, 40, 60);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        Assert.Equal(1, rank.GatedStore.Flushes);
        Stop(rank);
    }

    private static void MakeFiles(RankHarness rank, int first, int end)
    {
        for (int i = first; i < end; i++)
            Assert.Equal(IoError.None, rank.Call(Make($"/f{i}")).Error);
    }

    private static List<string> NamesIn(RankHarness rank)
    {
        List<string> names = [];
        rank.Store.List(DirObjects.Prefix, names, new Submission(new CompletionLog(), 1));
        return names;
    }

    private static void Spoil(RankHarness rank, Ino ino)
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 1 });
        using BufferList bytes = BufferList.Rent(pool);
        Assert.True(bytes.TryAppendCopy(new byte[100]));
        CompletionLog log = new();
        ObjectTarget target = DirObjects.TargetOf(new DirFrag(ino, Frag.Root));
        rank.Store.Write(new ObjectWrite(target, 0, 100) { Replaces = true }, bytes, new Submission(log, 1));
    }

    private static void FillWithAttributes(RankHarness rank, int files)
    {
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        byte[] value = new byte[XattrBytes - 64];
        for (int i = 0; i < files; i++)
        {
            Assert.Equal(IoError.None, rank.Call(Make($"/d/f{i}")).Error);
            ClientReply reply = rank.Call(
                ClientOp.SetXattr, $"/d/f{i}", request => request with { XattrName = "user.a", Value = value });
            Assert.Equal(IoError.None, reply.Error);
        }
    }

    private static void Stop(RankHarness rank)
    {
        rank.Rank.Stop();
        rank.Run();
        rank.Advance(5_000_000);
        Assert.Equal((RankState.Stopped, IoError.None), (rank.Rank.State, rank.Rank.StoreError));
    }

    private static long CopiedBytes(RankHarness rank)
    {
        long bytes = 0;
        for (int i = 0; i < PageSize.ClassCount; i++)
            bytes += rank.Rank.Cache.Pool.Blocks(i).Copies.Total;
        return bytes;
    }

    private static ClientRequest Make(string path) => new(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes(path) };
}
