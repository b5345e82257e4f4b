// Purpose: while a flush is under way one event stays open and takes all changes. What comes out of the journal then is what the
// rank has, all of it or nothing: after a crash, a full log, a journal that fails, and where a segment begins meanwhile.
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>While a flush is under way one event takes all changes: what comes out of the journal is what the rank has, all of it
/// or nothing.</summary>
public sealed class OpenEventTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void ChangesDuringAFlush_AreOneEvent_AndOneRecordOfTheirDirectory()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/first").Error);
        int first = _rank.MemoryLog.Count;
        for (int i = 0; i < 40; i++)
            _rank.Submit(Request(i % 4 == 3 ? ClientOp.MakeDirectory : ClientOp.Create, $"/d/{i}"));
        _rank.Run();

        Assert.Equal(first + 2, _rank.MemoryLog.Count);
        Assert.Equal(1 + 39, Count(first, EventTag.Entry) + Count(first + 1, EventTag.Entry));
        // The first directory in it makes a count that was none.
        Assert.Equal(2, Count(first + 1, EventTag.Dir));
        Assert.Equal(10, Count(first + 1, EventTag.NewDir));
        Compare();
        Restart();
        Assert.Equal(41, _rank.List("/d").Count);
        Compare();
    }

    [Fact]
    public void AllKindsOfChangesDuringAFlush_AreWhatTheRankHas()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/e").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/old").Error);
        int first = _rank.MemoryLog.Count;
        ClientRequest[] requests =
        [
            Request(ClientOp.Create, "/begins-a-flush"),
            Request(ClientOp.Create, "/d/a"),
            Request(ClientOp.Create, "/d/b"),
            Request(ClientOp.Unlink, "/d/a"),
            Request(ClientOp.Create, "/d/c"),
            Request(ClientOp.Create, "/d/a"),
            Request(ClientOp.MakeDirectory, "/d/sub"),
            Request(ClientOp.Create, "/d/sub/x"),
            Request(ClientOp.Rename, "/d/b") with { Path2 = Bytes("/e/b") },
            Request(ClientOp.SetAttributes, "/e/b") with { Changes = new() { Size = 77 } },
            Request(ClientOp.Link, "/d/old") with { Path2 = Bytes("/d/also") },
            Request(ClientOp.SymbolicLink, "/d/link") with { Value = Bytes("old") },
            Request(ClientOp.MakeDirectory, "/d/gone"),
            Request(ClientOp.RemoveDirectory, "/d/gone"),
            Request(ClientOp.Rename, "/d/sub") with { Path2 = Bytes("/e/sub") },
            Request(ClientOp.Create, "/e/sub/y"),
            Request(ClientOp.Unlink, "/d/c"),
        ];
        ulong[] asked = [.. requests.Select(request => _rank.Submit(request))];
        _rank.Run();

        Assert.Equal(first + 2, _rank.MemoryLog.Count);
        Assert.All(asked, tid => Assert.True(_rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
        Compare();
        Restart();
        Assert.Equal(["a", "also", "link", "old"], Sorted("/d"));
        Assert.Equal(["b", "sub"], Sorted("/e"));
        Assert.Equal(["x", "y"], Sorted("/e/sub"));
        Assert.Equal(77, _rank.Call(ClientOp.GetAttributes, "/e/b").Stat.Size);
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
    }

    [Fact]
    public void ACrashBeforeTheFlush_LosesAllOfThem()
    {
        _rank.MemoryLog.StallsFlushes = true;
        for (int i = 0; i < 10; i++)
            _rank.Submit(Request(ClientOp.Create, $"/f{i}"));
        Restart();
        Assert.Empty(_rank.List("/"));
    }

    [Fact]
    public void ALogThatIsFullWhenTheFlushEnds_TakesTheEventLater()
    {
        ulong first = _rank.Submit(Request(ClientOp.Create, "/first"));
        ulong[] asked = [.. Enumerable.Range(0, 10).Select(i => _rank.Submit(Request(ClientOp.Create, $"/f{i}")))];
        _rank.MemoryLog.Refusal = IoError.NoSpace;
        _rank.Run();
        Assert.True(_rank.RepliesTo(first)[^1].IsSafe);
        Assert.All(asked, tid => Assert.DoesNotContain(_rank.RepliesTo(tid), reply => reply.IsSafe));

        _rank.MemoryLog.Refusal = IoError.None;
        _rank.Advance(10_000_000);
        Assert.All(asked, tid => Assert.True(_rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true }));
        Restart();
        Assert.Equal(11, _rank.List("/").Count);
    }

    [Fact]
    public void AnOpenEvent_IsAppendedOnceItIsLong()
    {
        _rank.MemoryLog.StallsFlushes = true;
        int first = _rank.MemoryLog.Count;
        for (int i = 0; i < 1000; i++)
            _rank.Submit(Request(ClientOp.Create, $"/f{i}"));
        Assert.InRange(_rank.MemoryLog.Count - first, 4, 20);
        for (int i = first + 1; i < _rank.MemoryLog.Count; i++)
            Assert.InRange(_rank.MemoryLog.Payload(i).Length, 32 << 10, 33 << 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AJournalThatFails_LosesTheOpenEvent_AndNobodyIsToldThatItIsSafe(bool whileItWaits)
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/safe").Error);
        _rank.MemoryLog.StallsFlushes = true;
        int first = _rank.MemoryLog.Count;
        ulong[] asked = [.. Enumerable.Range(0, 10).Select(i => _rank.Submit(Request(ClientOp.Create, $"/f{i}")))];
        _rank.Run();
        Assert.Equal(first + 1, _rank.MemoryLog.Count);
        Assert.False(_rank.Rank.OpenEvent.IsEmpty);
        if (whileItWaits)
            _rank.MemoryLog.Failure = IoError.Io;
        else
            _rank.MemoryLog.Refusal = IoError.Io;
        _rank.MemoryLog.StallsFlushes = false;
        _rank.Run();

        Assert.Equal(RankState.Failed, _rank.Rank.State);
        Assert.True(_rank.Rank.OpenEvent.IsEmpty);
        Assert.Equal(first + 1, _rank.MemoryLog.Count);
        Assert.Equal(
            whileItWaits ? 0 : 1,
            asked.Count(tid => _rank.RepliesTo(tid).Any(reply => reply is { Error.IsNone: true, IsSafe: true })));
        (_rank.MemoryLog.Failure, _rank.MemoryLog.Refusal) = (IoError.None, IoError.None);
        Restart();
        Assert.Equal(whileItWaits ? ["safe"] : ["f0", "safe"], Sorted("/"));
        Compare();
    }

    [Fact]
    public void ASegmentThatBeginsWhileAnEventIsOpen_ComesBehindIt()
    {
        using RankHarness rank = new RankHarness(options => options with { SegmentEventsMax = 5 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        rank.MemoryLog.StallsFlushes = true;
        int first = rank.MemoryLog.Count;
        for (int i = 0; i < 20; i++)
            rank.Submit(Request(ClientOp.Create, $"/d/{i}"));
        rank.MemoryLog.StallsFlushes = false;
        rank.Run();
        EventHeader[] headers = [.. Enumerable.Range(0, rank.MemoryLog.Count)
            .Select(i => new EventReader(rank.MemoryLog.Payload(i)).Header)];
        Assert.Equal(Enumerable.Range(1, headers.Length), headers.Select(header => (int)header.Seq));
        Assert.Contains(
            Enumerable.Range(first + 1, headers.Length - first - 1),
            i => headers[i].Kind == EventKind.SubtreeMap && headers[i - 1].Kind == EventKind.Update
                && Count(rank, i - 1, EventTag.Entry) > 1);
        Compare(rank);
        rank.Crash();
        rank.Start();
        Assert.Equal((RankState.Active, null), (rank.Rank.State, rank.Rank.Problem));
        Assert.Equal(20, rank.List("/d").Count);
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ClientRequest Request(ClientOp op, string path) => new(0, op) { Path = Bytes(path) };

    private string[] Sorted(string path) => [.. _rank.List(path).Order(StringComparer.Ordinal)];

    private int Count(int record, EventTag tag) => Count(_rank, record, tag);

    private static int Count(RankHarness rank, int record, EventTag tag)
    {
        int count = 0;
        EventReader reader = new(rank.MemoryLog.Payload(record));
        while (reader.Read())
            count += reader.Part.Tag == tag ? 1 : 0;
        Assert.Null(reader.Problem);
        return count;
    }

    private void Restart()
    {
        _rank.Crash();
        _rank.Start();
        Assert.Equal((RankState.Active, null), (_rank.Rank.State, _rank.Rank.Problem));
    }

    private void Compare() => Compare(_rank);

    private static void Compare(RankHarness rank)
    {
        using ShadowReplay shadow = new(new RankId(0), 64 << 20);
        for (int i = 0; i < rank.MemoryLog.Count; i++)
            shadow.TryReplay(rank.MemoryLog.Payload(i), i + 1);
        Assert.Equal(rank.Rank.LastSeq, shadow.LastSeq);
        shadow.Compare(rank.Rank);
        Assert.Empty(shadow.Findings);
        Assert.Empty(rank.Rank.Audit(3));
    }
}
