// What a rank does and leaves at its beginnings and ends: lives that end in order, and crashes.

using System.Text;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What a restart leaves closed is opened before it is changed: after each life, the journal and the store
/// agree.</summary>
public sealed class RestartTests : IDisposable
{
    private const int EventBytesMax = 1 << 20;

    private readonly RankHarness _rank =
        new RankHarness(options => options with { SegmentEventsMax = 8, SegmentsMax = 2 }).Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void AFileGetsASecondNameAfterARestart()
    {
        Do(ClientOp.Create, "/f");
        Restart(inOrder: true);
        Do(ClientOp.Link, "/f", "/g");
        ExpectClean();
        Restart(inOrder: true);
        Do(ClientOp.Unlink, "/f");
        Assert.Equal(1u, _rank.Call(ClientOp.GetAttributes, "/g").Stat.Links);
        ExpectClean();
    }

    /// <summary>What was written back is not replayed, and written back once more, by whoever only looks.</summary>
    [Fact]
    public void AfterAnEndInOrder_NothingIsToBeDoneAgain()
    {
        using var rank = new RankHarness();
        rank.Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        for (int i = 0; i < 100; i++)
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, $"/d/f{i}").Error);
        End(rank);
        for (int life = 0; life < 3; life++)
        {
            rank.Crash();
            rank.Start();
            Assert.Equal((1L, 0L), rank.Rank.Recovered);
            Assert.Equal(100, rank.List("/d").Count);
            int flushes = rank.GatedStore.Flushes;
            rank.GatedStore.Failure = IoError.Io;
            End(rank);
            Assert.Equal(flushes, rank.GatedStore.Flushes);
            rank.GatedStore.Failure = IoError.None;
        }

        Assert.Empty(StoreVerdict.Of(rank.MemoryLog, rank.Store));
    }

    [Fact]
    public void ANumberThatAClientWasToldIsNotGivenToAnotherFile()
    {
        for (int life = 0; life < 20; life++)
        {
            _rank.Call(ClientOp.Lookup, "/");
            _rank.MemoryLog.StallsFlushes = true;
            ulong tid = _rank.Submit(new ClientRequest(0, ClientOp.Create) { Path = "/b"u8.ToArray() });
            ClientReply told = Assert.Single(_rank.RepliesTo(tid));
            Assert.Equal((IoError.None, false), (told.Error, told.IsSafe));
            Restart(inOrder: false);
            Assert.Equal(IoError.NoEntry, _rank.Call(ClientOp.Lookup, "/b").Error);
            Assert.NotEqual(told.Stat.Ino, _rank.Call(ClientOp.Create, $"/c{life}").Stat.Ino);
        }
    }

    [Fact]
    public void ANumberThatNoDurableEventCovers_IsToldOnlyWhenItsInodeIsSafe()
    {
        _rank.Call(ClientOp.Lookup, "/");
        _rank.MemoryLog.StallsFlushes = true;
        List<ulong> asked = [];
        for (int i = 0; i < 40; i++)
            asked.Add(_rank.Submit(new ClientRequest(0, ClientOp.Create) { Path = Encoding.ASCII.GetBytes($"/{i}") }));
        Ino[] told = [.. asked.SelectMany(_rank.RepliesTo).Select(reply => reply.Stat.Ino)];
        Assert.InRange(told.Length, 8, 32);
        Restart(inOrder: false);
        for (int i = 0; i < 40; i++)
            Assert.DoesNotContain(_rank.Call(ClientOp.Create, $"/again{i}").Stat.Ino, told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SumsSurviveRandomChangesAndRestarts(bool inOrder)
    {
        var random = new SeededRandom(inOrder ? 1u : 2u);
        for (int life = 0; life < 12; life++)
        {
            Do(ClientOp.MakeDirectory, $"/d{life}");
            for (int step = 0; step < 60; step++)
                Change(random, life);
            ExpectClean();
            Restart(inOrder && life % 3 != 0);
            ExpectClean();
        }
    }

    private void Change(SeededRandom random, int life)
    {
        string from = $"/d{random.NextInt(life + 1)}/n{random.NextInt(12)}";
        string to = $"/d{random.NextInt(life + 1)}/n{random.NextInt(12)}";
        ClientOp[] ops =
            [ClientOp.Create, ClientOp.Link, ClientOp.Unlink, ClientOp.Rename, ClientOp.SetAttributes, ClientOp.Create];
        _rank.Call(ops[random.NextInt(ops.Length)], from, request => request with
        {
            Path2 = Encoding.UTF8.GetBytes(to),
            Changes = new AttributeChanges { Size = random.NextInt(1000) },
        });
    }

    private static void End(RankHarness rank)
    {
        rank.Rank.Stop();
        rank.Run();
        Assert.Equal(RankState.Stopped, rank.Rank.State);
    }

    private void Do(ClientOp op, string path, string to = "") =>
        Assert.Equal(IoError.None, _rank.Call(op, path, request => request with { Path2 = Encoding.UTF8.GetBytes(to) }).Error);

    private void Restart(bool inOrder)
    {
        if (inOrder)
        {
            _rank.Rank.Stop();
            _rank.Run();
            Assert.Equal(RankState.Stopped, _rank.Rank.State);
        }

        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    private void ExpectClean()
    {
        using var check = new NamespaceCheck(_rank.Store, 64 << 20);
        using var pool = new BufferPool(new BufferPoolOptions { BlockCount = 4096 });
        using var batch = new LogBatch(pool, EventBytesMax);
        var bytes = new byte[EventBytesMax];
        long position = _rank.Log.Start;
        do
        {
            var sink = new Sink();
            _rank.Log.Read(position, batch, new Submission(sink, 0));
            Assert.Equal(IoError.None, sink.Error);
            for (int index = 0; index < batch.Count; index++)
            {
                (long at, int offset, int length) = batch[index];
                batch.Payload.CopyTo(offset, bytes.AsSpan(0, length));
                Assert.True(check.TryReplay(bytes.AsSpan(0, length), at));
            }

            position = batch.Next;
        }
        while (batch.Count > 0);
        check.Run();
        Assert.Empty(check.Problems);
    }

    private sealed class Sink : ICompletionSink
    {
        public IoError? Error { get; private set; }

        public void Complete(ulong token, IoResult result) => Error = result.Error;
    }
}
