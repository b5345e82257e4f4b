// A rank alone with clients whose answers the test gives: what they are told, what waits for them, what is left when they go.
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Capabilities as a rank gives them: opens, conflicting requests, flushes, clients that do not answer, files without
/// names.</summary>
public sealed class RankCapTests : IDisposable
{
    private const long Second = 1_000_000;
    private const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
    private readonly RankHarness _rank = new(options => options with { SegmentEventsMax = 8, SegmentsMax = 2 })
    {
        Wire = new WireCarrier(),
    };


    /// <summary>What writers flush when they are told to give back.</summary>
    private long _size;

    public RankCapTests() => _rank.Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void OneWriterHasEverything_ASecondShares()
    {
        CapGrant first = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Caps!;
        Assert.Equal(Writing, first.Caps & Writing);
        CapGrant second = Open("/f", OpenFlags.Write, client: 2).Caps!;
        Assert.Equal(CapBits.None, second.Caps & (CapBits.FileBuffer | CapBits.FileExclusive));
        foreach (long client in new long[] { 1, 2 })
        {
            Cap cap = Get(first.Ino, client);
            Assert.Equal((CapBits.FileWrite, false), (cap.Pending & Writing, cap.IsRevoking));
        }
    }

    [Fact]
    public void AStatOfAnotherSeesWhatTheWriterHadNotSent()
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        FlushWhenTold(4711);
        Assert.Equal(4711, _rank.Call(Stat("/f"), client: 2).Stat.Size);
        Assert.Contains((new ClientId(1), new CapFlushAck(ino, 1, Writing)), _rank.Told);

        // The writer gets back what it wants once nobody is in its way.
        Assert.Equal(Writing, Get(ino, 1).Pending & Writing);
    }

    [Fact]
    public void AFlushIsDurableBeforeItIsAnsweredAndOthersGoOn()
    {
        Open("/f", OpenFlags.Write | OpenFlags.OrOpen);
        FlushWhenTold(99);
        _rank.Call(Stat("/f"), client: 2);
        _rank.Crash();
        _rank.Start();
        Assert.Equal(99, _rank.Call(Stat("/f")).Stat.Size);
    }

    [Fact]
    public void NothingIsRevokedForWhoeverNeedsNothing()
    {
        Open("/f", OpenFlags.Write | OpenFlags.OrOpen);
        Make("/g");
        int told = _rank.Told.Count;
        Assert.True(_rank.Call(Stat("/g"), client: 2).Error.IsNone);
        Assert.DoesNotContain(_rank.Told.Skip(told), item => item.Message is CapGrant);
        Assert.Equal(0, _rank.Call(Stat("/f")).Stat.Size);
        Assert.DoesNotContain(_rank.Told.Skip(told), item => item.Message is CapGrant);
    }

    [Theory]
    [InlineData(ClientOp.SetAttributes)]
    [InlineData(ClientOp.Rename)]
    [InlineData(ClientOp.Link)]
    [InlineData(ClientOp.SetXattr)]
    [InlineData(ClientOp.GetAttributes)]
    [InlineData(ClientOp.Unlink)]
    public void ARequestWaitsForWhomeverHasWhatItNeeds(ClientOp op) => ExpectToWait(Request(op, "/f") with
    {
        Path2 = "/g"u8.ToArray(),
        Changes = new AttributeChanges { Size = 5 },
        XattrName = "user.a",
        Value = "b"u8.ToArray(),
    });

    [Theory]
    [InlineData("/f", "/other")]
    [InlineData("/other", "/f")]
    public void AnExchangeWaitsForWhomeverHasEitherFile(string from, string to)
    {
        Make("/other");
        ExpectToWait(Request(ClientOp.Rename, from) with { Path2 = Encoding.UTF8.GetBytes(to), Flags = OpenFlags.Exchange });
    }

    /// <summary>A client that has everything of /f gives back what another's request needs, and not before does that go on.
    /// </summary>
    private void ExpectToWait(ClientRequest request)
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        CapUpdate? answer = null;
        _rank.AnswerTo = revoke =>
        {
            answer = Answer(revoke);
            return new SessionRenew(1);
        };
        ulong tid = _rank.Submit(request, client: 2);
        _rank.Run();
        Assert.Empty(_rank.RepliesTo(tid));
        Assert.NotNull(answer);
        while (answer is { } message)
        {
            answer = null;
            _rank.Tell(1, message);
        }

        Assert.True(_rank.RepliesTo(tid)[^1] is { Error.IsNone: true, IsSafe: true });
        Assert.True(_rank.Rank.TryStat(ino, out _));
    }

    [Fact]
    public void WhoNeverAnswersIsEnded_AndTheRequestGoesOn()
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        _rank.AnswerTo = revoke => new SessionRenew(1);
        ulong tid = _rank.Submit(Stat("/f"), client: 2);
        for (int i = 0; i < 8; i++)
        {
            _rank.Tell(1, new SessionRenew(2));
            _rank.Tell(2, new SessionRenew(2));
            _rank.Advance(10 * Second);
        }

        Assert.True(_rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.Contains((new ClientId(1), new SessionClosed(SessionEnd.Evicted)), _rank.Told);
        Assert.False(_rank.Rank.Caps.TryGet(ino, new ClientId(1), out _));
        Assert.Equal(1, _rank.Rank.WritersLost);
    }

    [Fact]
    public void WhoAnsweredWhileTheRankWasStopped_IsNotEnded()
    {
        Open("/f", OpenFlags.Write | OpenFlags.OrOpen);
        CapUpdate? answer = null;
        _rank.AnswerTo = revoke =>
        {
            answer = Answer(revoke);
            return new SessionRenew(1);
        };
        ulong tid = _rank.Submit(Stat("/f"), client: 2);
        _rank.Run();
        _rank.Sleep(70 * Second);
        _rank.Advance(0);
        Assert.NotNull(answer);
        _rank.Tell(1, answer);
        Assert.True(_rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.DoesNotContain(_rank.Told, told => told.Message is SessionClosed or SessionStale);
    }

    /// <summary>The answer to what it was told to give back is a flush, and the rank's own disk takes long.</summary>
    [Fact]
    public void WhoAnsweredInTime_IsNotEndedForTheJournal()
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        FlushWhenTold(7);
        ulong tid = AskWhileFlushesStall("/f");
        RenewFor(80 * Second);
        Assert.Empty(_rank.RepliesTo(tid));
        _rank.MemoryLog.StallsFlushes = false;
        _rank.Run();
        Assert.Equal(7, _rank.RepliesTo(tid)[^1].Stat.Size);
        Assert.DoesNotContain(_rank.Told, told => told.Message is SessionClosed);
        Assert.True(_rank.Rank.Caps.TryGet(ino, new ClientId(1), out _));
    }

    /// <summary>What waits for the disk is no answer.</summary>
    [Fact]
    public void WhoOnlySaysSomethingElse_IsEnded()
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        CapGrant other = Open("/g", OpenFlags.Write | OpenFlags.OrOpen).Caps!;
        _rank.AnswerTo = static revoke => new SessionRenew(1);
        ulong tid = AskWhileFlushesStall("/f");
        _rank.Tell(1, Answer(other) with { Dirty = Writing, FlushTid = 1, Attributes = new CapAttributes { Size = 1 } });
        RenewFor(80 * Second);
        _rank.MemoryLog.StallsFlushes = false;
        _rank.Run();
        Assert.True(_rank.RepliesTo(tid)[^1].Error.IsNone);
        Assert.Contains((new ClientId(1), new SessionClosed(SessionEnd.Evicted)), _rank.Told);
        Assert.False(_rank.Rank.Caps.TryGet(ino, new ClientId(1), out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileWithoutNamesLivesWhileItIsOpen(bool crashes)
    {
        Ino ino = Open("/f", OpenFlags.Read | OpenFlags.OrOpen).Stat.Ino;
        Assert.True(_rank.Call(Request(ClientOp.Unlink, "/f")).Error.IsNone);
        Assert.Equal(0u, _rank.Call(new ClientRequest(0, ClientOp.GetAttributes) { Base = ino }).Stat.Links);
        if (crashes)
        {
            _rank.Crash();
            _rank.Start();
        }
        else
        {
            Assert.True(_rank.Call(new ClientRequest(0, ClientOp.Close) { Base = ino }).Error.IsNone);
        }

        Assert.Equal(IoError.Stale, _rank.Call(new ClientRequest(0, ClientOp.GetAttributes) { Base = ino }).Error);
        Assert.False(_rank.Rank.TryStat(ino, out _));
        Assert.Equal(new IoError(9), _rank.Call(new ClientRequest(0, ClientOp.Close) { Base = ino }).Error);
        Assert.Equal(0, _rank.Rank.LockCount);
    }

    [Fact]
    public void LocksAreAtRestWhenNobodyHasAnything()
    {
        Ino ino = Open("/f", OpenFlags.Write | OpenFlags.OrOpen).Stat.Ino;
        Open("/f", OpenFlags.Write, client: 2);
        Assert.True(_rank.Rank.LockCount > 0);
        _rank.Call(new ClientRequest(0, ClientOp.Close) { Base = ino });
        _rank.Call(new ClientRequest(0, ClientOp.Close) { Base = ino }, client: 2);
        Assert.Equal((0, 0), (_rank.Rank.LockCount, _rank.Rank.Caps.Count));
        Assert.Empty(_rank.Rank.Cache.Audit(3));
    }

    private static ClientRequest Request(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static ClientRequest Stat(string path) => Request(ClientOp.GetAttributes, path);

    private static CapUpdate Answer(CapGrant revoke) => new(
        revoke.Ino, revoke.CapId, revoke.Seq, revoke.IssueSeq, revoke.MigrationSeq, revoke.Caps, revoke.Wanted, CapBits.None, 0,
        default);

    private void FlushWhenTold(long size)
    {
        ulong tid = 0;
        _size = size;
        _rank.AnswerTo = revoke => (revoke.Caps & CapBits.FileWrite) != 0
            ? Answer(revoke)
            : Answer(revoke) with { Dirty = Writing, FlushTid = ++tid, Attributes = new CapAttributes { Size = _size } };
    }

    private ulong AskWhileFlushesStall(string path)
    {
        // It has a session before.
        Assert.True(_rank.Call(Stat("/"), client: 2).Error.IsNone);
        _rank.MemoryLog.StallsFlushes = true;
        ulong tid = _rank.Submit(Stat(path), client: 2);
        _rank.Run();
        return tid;
    }

    private void RenewFor(long micros)
    {
        const int Steps = 8;
        for (int i = 0; i < Steps; i++)
        {
            _rank.Tell(1, new SessionRenew(2));
            _rank.Tell(2, new SessionRenew(2));
            _rank.Advance(micros / Steps);
        }
    }

    private ClientReply Open(string path, OpenFlags flags, long client = 1)
    {
        ClientOp op = (flags & OpenFlags.OrOpen) != 0 ? ClientOp.Create : ClientOp.Open;
        ulong tid = _rank.Submit(Request(op, path) with { Flags = flags | OpenFlags.Keep }, client);
        _rank.Run();
        IReadOnlyList<ClientReply> replies = _rank.RepliesTo(tid);
        Assert.True(replies[^1] is { Error.IsNone: true, IsSafe: true });
        // The first answer says what the client may do.
        return replies[0];
    }

    private void Make(string path) => Assert.True(_rank.Call(Request(ClientOp.Create, path)).Error.IsNone);

    private Cap Get(Ino ino, long client)
    {
        Assert.True(_rank.Rank.Caps.TryGet(ino, new ClientId(client), out Cap cap));
        return cap;
    }
}
