// Limits of the journal: what waits to be durable, what the log holds, segments. Each is reached, and nothing stops the rank.

using System.Text;
using Engine.Buffers;
using Engine.Devices;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Changes wait, or are refused, before the journal is full; it never is.</summary>
public class AdmissionTests
{
    private const long LogBytes = 1 << 20;
    private const int PendingBytesMax = 10_000;
    private const int RecordBytesMax = 64;
    private const long SmallCacheBytes = 640 << 10;
    private static readonly string s_longWay = Way(40);

    [Fact]
    public void ALongRunThroughASmallLog_NeverStops()
    {
        using RankHarness rank = Small();
        for (int i = 0; i < 4000; i++)
        {
            if (i % 100 == 0)
                Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{i / 100}").Error);
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{i / 100}/f{i}").Error);
        }

        Assert.InRange(rank.MemoryLog.BytesPeak, LogBytes / 3, LogBytes);
        rank.Crash();
        rank.Start();
        Assert.Equal(RankState.Active, rank.Rank.State);
        for (int d = 0; d < 40; d++)
            Assert.Equal(100, rank.List($"/d{d}").Count);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void ManyChangesAtOnce_WaitForSegmentsToExpire()
    {
        using RankHarness rank = Small();
        List<ulong> asked = [];
        for (int i = 0; i < 3000; i++)
            asked.Add(rank.Submit(Make(ClientOp.MakeDirectory, $"/d{i}")));
        Assert.Contains(asked, tid => rank.RepliesTo(tid).Count == 0);
        rank.Run();
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
        Assert.InRange(rank.MemoryLog.BytesPeak, 0, LogBytes);
        Assert.Equal(3000, rank.List("/").Count);
    }

    [Theory]
    [InlineData(28)]
    [InlineData(5)]
    [InlineData(13, 5)]
    public void WhenNothingCanBeFreed_ChangesAreRefused_AndGoOnLater(int errno, int? told = null)
    {
        using RankHarness rank = Small();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        rank.GatedStore.Failure = new IoError(errno);
        int made = 0;
        IoError error = IoError.None;
        for (; error.IsNone && made < 10_000; made++)
            error = rank.Call(ClientOp.Create, $"/d/f{made}").Error;
        Assert.Equal(new IoError(told ?? errno), error);
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Equal(new IoError(errno), rank.Rank.StoreError);
        Assert.Equal(made - 1, rank.List("/d", 5000).Count);
        rank.GatedStore.Failure = IoError.None;
        rank.Advance(3_000_000);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/more").Error);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        rank.Crash();
        rank.Start();
        Assert.Equal(made, rank.List("/d", 5000).Count);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Theory]
    [InlineData(28)]
    [InlineData(11)]
    public void ALogThatRefusesAnEvent_GetsItLater(int errno)
    {
        using RankHarness rank = new RankHarness().Start();
        rank.Call(ClientOp.MakeDirectory, "/d");
        rank.MemoryLog.Refusal = new IoError(errno);
        ulong first = rank.Submit(Make(ClientOp.Create, "/d/a"));
        rank.Run();
        Assert.Equal([false], rank.RepliesTo(first).Select(reply => reply.IsSafe));
        ulong second = rank.Submit(Make(ClientOp.Create, "/d/b"));
        rank.Advance(5_000_000);
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Equal(new IoError(errno), rank.Rank.StoreError);
        Assert.DoesNotContain(rank.RepliesTo(second), reply => reply.Error.IsNone && reply.IsSafe);
        rank.MemoryLog.Refusal = IoError.None;
        rank.Advance(2_000_000);
        Assert.True(rank.RepliesTo(first)[^1] is { Error.IsNone: true, IsSafe: true });
        // What had not begun waits for a log that will take it, and is refused by one whose place is full.
        bool isRefused = rank.RepliesTo(second)[^1].Error == IoError.NoSpace;
        Assert.True(rank.RepliesTo(second)[^1].IsSafe);
        Assert.Equal(errno == IoError.NoSpace.Errno, isRefused);
        Assert.Equal(IoError.None, rank.Rank.StoreError);
        rank.Crash();
        rank.Start();
        Assert.Equal(isRefused ? ["a"] : ["a", "b"], rank.List("/d").Order());
    }

    [Fact]
    public void TooMuchOnItsWay_MakesChangesWait()
    {
        using RankHarness rank = new RankHarness(options => options with { JournalPendingBytesMax = PendingBytesMax }).Start();
        List<ulong> asked = [];
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        int first = rank.MemoryLog.Count;
        for (int i = 0; i < 120; i++)
            asked.Add(rank.Submit(Make(ClientOp.Create, $"/f{i}")));
        int begun = asked.Count(tid => rank.RepliesTo(tid).Count > 0);
        rank.Run();
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));

        // One is begun as long as no more than that is on its way: those that were are in the first two events.
        int entries = EntriesOf(rank.MemoryLog.Payload(first)) + EntriesOf(rank.MemoryLog.Payload(first + 1));
        long bytes = rank.MemoryLog.Payload(first).Length + rank.MemoryLog.Payload(first + 1).Length;
        Assert.Equal(begun, entries);
        Assert.InRange(bytes, PendingBytesMax - (2 * RecordBytesMax), PendingBytesMax + (2 * bytes / entries));
    }

    [Fact]
    public void TooManySegments_MakeChangesWait()
    {
        using RankHarness rank =
            new RankHarness(options => options with { SegmentEventsMax = 4, SegmentsMax = 3 }).Start();
        rank.Call(ClientOp.MakeDirectory, "/d");
        rank.GatedStore.Stalls = true;
        List<ulong> asked = [];
        for (int i = 0; i < 60; i++)
        {
            asked.Add(rank.Submit(Make(ClientOp.Create, $"/d/f{i}")));
            rank.Run();
        }

        int begun = asked.Count(tid => rank.RepliesTo(tid).Count > 0);
        Assert.InRange(begun, 12, 40);
        rank.GatedStore.Stalls = false;
        rank.Run();
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
    }

    [Fact]
    public void ACacheFullOfChanges_IsWrittenBack_AndChangesGoOn()
    {
        // Far fewer events than make a segment, and ten times the cache.
        using RankHarness rank = new RankHarness(options => options with { CacheBytesMax = 4 << 20 }).Start();
        FillBeyondCache(rank, directories: 60);
        for (int d = 0; d < 60; d++)
        {
            Assert.Equal(10, rank.List($"/d{d}").Count);
            ClientReply reply = rank.Call(ClientOp.GetXattr, $"/d{d}/f9", request => request with { XattrName = "user.a" });
            Assert.Equal((IoError.None, 60_000), (reply.Error, reply.Value.Length));
        }

        rank.Crash();
        rank.Start();
        Assert.Equal(RankState.Active, rank.Rank.State);
        Assert.Equal(60, rank.List("/").Count);
        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void ACacheFullOfChanges_LeavesRoomForAWayThatHasToBeRead()
    {
        using RankHarness rank = ColdWay(s_longWay);
        for (int i = 0; i < 20 && rank.Rank.Cache.HasRoomForChange; i++)
            Fill(rank, $"/x{i}", 20_000);
        Assert.False(rank.Rank.Cache.HasRoomForChange);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, s_longWay + "/f").Error);
    }

    [Fact]
    public void ChangesThatLeaveRoomForOneMore_LeaveRoomForItsWayToo()
    {
        // Room for a change, but not for the directories on the way to it, too: they drop each other.
        using RankHarness rank = ColdWay(s_longWay);
        for (int i = 0; RoomBesideChange(rank) > 8 << 10; i++)
            Fill(rank, $"/x{i}", RoomBesideChange(rank) > 48 << 10 ? 20_000 : 500);
        Assert.True(rank.Rank.Cache.HasRoomForChange);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, s_longWay + "/f").Error);
    }

    [Fact]
    public void AWayThatNeverFits_IsRefused_WhileOthersGoOnChanging()
    {
        string way = Way(150);
        using RankHarness rank = ColdWay(way);
        Assert.Equal(IoError.None, rank.Call(Make(ClientOp.Create, "/x"), client: 2).Error);
        ulong deep = rank.Submit(Make(ClientOp.Create, way + "/f"));
        List<ulong> asked = [];
        for (int i = 0; i < 10_000 && rank.RepliesTo(deep).Count == 0; i++)
        {
            ClientRequest change = Make(ClientOp.SetXattr, "/x") with { XattrName = "user.a", Value = new byte[1 + (i % 100)] };
            asked.Add(rank.Submit(change, client: 2));
            rank.RunAtMost(40);
        }

        Assert.Equal(IoError.NoMemory, Assert.Single(rank.RepliesTo(deep)).Error);
        rank.Run();
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
    }

    [Fact]
    public void AWayThatFits_IsNotRefused_BecauseOthersGoOnChanging()
    {
        const int Changes = 24;
        using RankHarness rank = ColdWay(s_longWay);
        for (int i = 0; i < Changes; i++)
        {
            Assert.Equal(IoError.None, rank.Call(Make(ClientOp.MakeDirectory, $"/x{i}"), client: 2).Error);
            Assert.Equal(IoError.None, rank.Call(Make(ClientOp.Create, $"/x{i}/f"), client: 2).Error);
        }

        for (int i = 0; rank.Rank.Cache.HasRoomForChange; i++)
            Fill(rank, $"/y{i}", 20_000);
        ulong deep = rank.Submit(Make(ClientOp.Create, s_longWay + "/f"));
        List<ulong> asked = [];
        for (int i = 0; i < Changes; i++)
        {
            ClientRequest change = Make(ClientOp.SetXattr, $"/x{i}/f");
            asked.Add(rank.Submit(change with { XattrName = "user.a", Value = new byte[20_000] }, client: 2));
        }

        // They wait together, and whatever is freed they take while this one still reads its way.
        rank.Run();
        Assert.All(asked, tid => Assert.True(rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
        Assert.Equal(IoError.None, rank.RepliesTo(deep)[^1].Error);
    }

    [Fact]
    public void WithoutAStore_AFullCacheRefusesChanges()
    {
        using RankHarness rank = new RankHarness(options => options with { CacheBytesMax = 4 << 20 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        rank.GatedStore.Failure = IoError.Io;
        IoError error = IoError.None;
        for (int i = 0; error.IsNone && i < 1000; i++)
        {
            error = rank.Call(ClientOp.Create, $"/d/f{i}").Error;
            if (error.IsNone)
                error = SetXattr(rank, $"/d/f{i}");
        }

        Assert.Equal(IoError.NoMemory, error);
        Assert.Equal(IoError.Io, rank.Rank.StoreError);
        rank.GatedStore.Failure = IoError.None;
        rank.Advance(2_000_000);
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/e").Error);
    }

    [Fact]
    public void ADeviceLogOfFewSegments_ServesAnyNumberOfChanges()
    {
        using var device = new MemoryDevice((64 << 10) + (6 * (128 << 10)), 512, CompletionMode.Manual);
        DeviceLog.Format(device, new LogFormatOptions { SegmentBytes = 128 << 10 });
        DeviceLog log = DeviceLog.Open(device);
        using RankHarness rank = new RankHarness(log: log)
        {
            MoreWork = () =>
            {
                bool isBusy = device.PendingCount > 0;
                device.Pump(int.MaxValue);
                return isBusy;
            },
        };
        rank.Start();

        // The log refers to the rank's memory: it ends first.
        using (log)
        {
            for (int i = 0; i < 2500; i++)
            {
                if (i % 50 == 0)
                    Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{i / 50}").Error);
                Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{i / 50}/f{i}").Error);
            }

            Assert.Equal(RankState.Active, rank.Rank.State);
            Assert.True(log.End > 3 * log.Capacity, $"{log.End}");
        }
    }

    private static string Way(int directories) => string.Concat(Enumerable.Repeat("/d", directories));

    /// <summary>A small cache that holds nothing of the way.</summary>
    private static RankHarness ColdWay(string way)
    {
        long cacheBytes = 64 << 20;
        RankHarness rank = new RankHarness(options => options with { CacheBytesMax = cacheBytes }).Start();
        for (int length = 2; length <= way.Length; length += 2)
            Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, way[..length]).Error);
        foreach (long next in new[] { cacheBytes, SmallCacheBytes })
        {
            // A life begins with what the last segment of the one before names.
            rank.Rank.Stop();
            rank.Run();
            Assert.Equal(RankState.Stopped, rank.Rank.State);
            cacheBytes = next;
            rank.Crash();
            rank.Start();
        }

        return rank;
    }

    private static long RoomBesideChange(RankHarness rank)
    {
        MetadataPagePool pool = rank.Rank.Cache.Pool;
        return pool.BytesMax - pool.BytesUsed - (8L * PageSize.BytesMax);
    }

    private static void Fill(RankHarness rank, string path, int bytes)
    {
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, path).Error);
        ClientReply reply = rank.Call(
            ClientOp.SetXattr, path, request => request with { XattrName = "user.a", Value = new byte[bytes] });
        Assert.Equal(IoError.None, reply.Error);
    }

    private static void FillBeyondCache(RankHarness rank, int directories)
    {
        for (int i = 0; i < 10 * directories; i++)
        {
            if (i % 10 == 0)
                Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, $"/d{i / 10}").Error);
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d{i / 10}/f{i % 10}").Error);
            Assert.Equal(IoError.None, SetXattr(rank, $"/d{i / 10}/f{i % 10}"));
        }
    }

    private static IoError SetXattr(RankHarness rank, string path) =>
        rank.Call(ClientOp.SetXattr, path, request => request with { XattrName = "user.a", Value = new byte[60_000] }).Error;

    private static RankHarness Small()
    {
        RankHarness rank = new(options => options with { SegmentEventsMax = 128, SegmentsMax = 30 });
        rank.MemoryLog.BytesMax = LogBytes;
        return rank.Start();
    }

    private static int EntriesOf(ReadOnlySpan<byte> bytes)
    {
        int entries = 0;
        EventReader reader = new(bytes);
        while (reader.Read())
            entries += reader.Part.Tag == EventTag.Entry ? 1 : 0;
        return entries;
    }

    private static ClientRequest Make(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
}
