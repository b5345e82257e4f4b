using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A request that comes a second time while the answer to the first is held. Each message is one step and no more:
/// what is not durable stays so until the end.</summary>
public sealed class RepeatedRequestTests : IDisposable
{
    private const ulong Tid = 1000;
    private const int Other = 2;
    private readonly RankHarness _rank = new RankHarness().Start();
    private ulong _last = Tid;

    public RepeatedRequestTests()
    {
        _rank.Tell(1, new SessionOpen(""));
        _rank.Tell(Other, new SessionOpen(""));
    }

    public void Dispose() => _rank.Dispose();

    /// <summary>Else it would be done, and the answer to the first sending, which comes later, says that it failed.</summary>
    [Fact]
    public void OneUnderWay_IsNotTakenAgainByTheSameChannel()
    {
        HoldAFailure();
        Step(1, Ask(ClientOp.Unlink, "/a"));
        Step(Other, Create("/a"));
        _rank.Run();
        Assert.Equal(IoError.Exists, Assert.Single(_rank.RepliesTo(Tid)).Error);
        Assert.Empty(_rank.List("/"));

        // It is under way no more.
        Step(Other, Create("/b"));
        _rank.Run();
        Assert.True(_rank.RepliesTo(Tid)[^1] is { Error.IsNone: true, IsSafe: true });
    }

    [Fact]
    public void AFailure_IsNotToldBehindTheEndOfItsChannel()
    {
        HoldAFailure();
        EndChannel();
        Step(Other, new Reconnect([]));
        Step(1, Ask(ClientOp.Unlink, "/a"));
        Step(Other, Create("/a"));
        _rank.Run();
        Assert.All(_rank.RepliesTo(Tid), reply => Assert.Equal(IoError.None, reply.Error));
        Assert.Single(_rank.RepliesTo(Tid), reply => reply.IsSafe);
        Assert.Equal(["a"], _rank.List("/"));
    }

    /// <summary>The second sending is refused, and that is told; the first waits for a directory meanwhile.</summary>
    [Fact]
    public void WhatWasRefusedTheSecondTime_IsNotDoneTheFirst()
    {
        Step(1, Ask(ClientOp.MakeDirectory, "/cold"));
        _rank.Run();
        for (int life = 0; life < 2; life++)
        {
            _rank.Rank.Stop();
            _rank.Run();
            _rank.Crash();
            _rank.Start();
        }

        _rank.Tell(1, new SessionOpen(""));
        _rank.Tell(Other, new SessionOpen(""));
        ClientRequest make = Create("/cold/a") with { Caller = new Credential(1000, 1000) };
        AttributeChanges open = new() { Mode = 0x1FF };
        Step(1, Ask(ClientOp.SetAttributes, "/cold") with { Changes = open });
        _rank.Run();
        _rank.GatedStore.StallsReads = true;
        Step(Other, make);
        EndChannel();
        _rank.Tell(Other, new Reconnect([]));
        Step(1, Ask(ClientOp.SetAttributes, "/") with { Changes = new AttributeChanges { Mode = 0x1C0 } });
        _rank.Run();
        Step(Other, make);
        _rank.Run();
        Assert.Equal(IoError.Access, Assert.Single(_rank.RepliesTo(Tid)).Error);
        Step(1, Ask(ClientOp.SetAttributes, "/") with { Changes = open });
        _rank.Run();
        _rank.GatedStore.StallsReads = false;
        _rank.Run();
        Assert.Single(_rank.RepliesTo(Tid));
        Assert.Empty(_rank.List("/cold"));
    }

    [Fact]
    public void WhatAFormerLifeAsked_IsNotAnsweredToTheNext()
    {
        Step(1, Ask(ClientOp.Create, "/a"));
        Step(Other, Ask(ClientOp.GetAttributes, "/a") with { Tid = Tid, OldestTid = 1 });
        Assert.Empty(_rank.RepliesTo(Tid));
        EndChannel();
        Step(Other, new SessionOpen("again"));
        Step(Other, Ask(ClientOp.GetAttributes, "/b") with { Tid = Tid, OldestTid = 1 });
        _rank.Run();
        Assert.Equal(IoError.NoEntry, Assert.Single(_rank.RepliesTo(Tid)).Error);
    }

    /// <summary>That there is such a file waits until the file is durable.</summary>
    private void HoldAFailure()
    {
        Step(1, Ask(ClientOp.Create, "/a"));
        Step(Other, Create("/a"));
        Assert.Empty(_rank.RepliesTo(Tid));
    }

    private void EndChannel() => _rank.Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(new ClientId(Other))));

    private void Step(long client, Message message) =>
        _rank.Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(new ClientId(client)), Message: message));

    private ClientRequest Create(string path) => Ask(ClientOp.Create, path) with { Tid = Tid, OldestTid = 1 };

    private ClientRequest Ask(ClientOp op, string path) => new(++_last, op) { Path = Encoding.UTF8.GetBytes(path) };
}
