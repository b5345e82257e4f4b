using Engine.Buffers;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank on its own thread.</summary>
public sealed class RankLoopTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void ABugEndsTheRankAndNotTheProcess()
    {
        using var store = new MemoryStore();
        using var failed = new ManualResetEventSlim();
        RankStatus last = default;
        using var loop = new RankLoop(new RankOptions { Incarnation = 1 }, new MemoryLog(), store, TimeProvider.System, 1);
        loop.Changed = status =>
        {
            last = status;
            if (status.State == RankState.Failed)
                failed.Set();
        };
        Peer client = Peer.Of(new ClientId(1));
        loop.Register(client, static _ => Invariant.Fail("planted"));
        loop.Start();
        loop.Deliver(client, new ClientRequest(1, ClientOp.GetAttributes) { Path = "/"u8.ToArray() });
        Assert.True(failed.Wait(s_patience));
        Assert.IsType<InvariantException>(loop.Fault);
        Assert.Contains("a bug in Engine stopped the rank: InvariantException", last.Problem, StringComparison.Ordinal);
        Assert.Contains("planted", last.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', last.Problem!);
        Assert.Equal(RankState.Failed, last.State);
    }

    [Fact]
    public void WhatIsHandedInAtOnceIsAnsweredInOrder()
    {
        const int Count = 1000;
        using var store = new MemoryStore();
        using var answered = new ManualResetEventSlim();
        List<ulong> tids = [];
        using var loop = new RankLoop(new RankOptions { Incarnation = 1 }, new MemoryLog(), store, TimeProvider.System, 1);
        Peer client = Peer.Of(new ClientId(1));
        loop.Register(client, message =>
        {
            tids.Add(((ClientReply)message).Tid);
            if (tids.Count == Count)
                answered.Set();
        });
        loop.Deliver(client, []);
        loop.Deliver(
            client,
            [.. Enumerable.Range(1, Count).Select(tid =>
                new ClientRequest((ulong)tid, ClientOp.GetAttributes) { Path = "/"u8.ToArray() })]);
        loop.Start();
        Assert.True(answered.Wait(s_patience));
        Assert.Equal(Enumerable.Range(1, Count).Select(tid => (ulong)tid), tids);
    }

    [Fact]
    public void ALogThatFailsStopsTheRankWhichSaysSo()
    {
        using var store = new MemoryStore();
        var log = new MemoryLog();
        using var failed = new ManualResetEventSlim();
        using var answered = new ManualResetEventSlim();
        RankStatus last = default;
        ClientReply? reply = null;
        using var loop = new RankLoop(new RankOptions { Incarnation = 1 }, log, store, TimeProvider.System, 1);
        loop.Changed = status =>
        {
            last = status;
            if (status.State == RankState.Active)
                log.Failure = IoError.NoSpace;
            if (status.State == RankState.Failed)
                failed.Set();
        };
        Peer client = Peer.Of(new ClientId(1));
        loop.Register(client, message =>
        {
            reply = (ClientReply)message;
            if (reply.IsSafe && reply.Error.Failed)
                answered.Set();
        });
        loop.Start();
        // One at least, since the rank may have failed by now, which a request finds out, too.
        for (ulong tid = 1; tid == 1 || (!failed.Wait(0) && tid < 1000); tid++)
            loop.Deliver(client, new ClientRequest(tid, ClientOp.MakeDirectory) { Path = new byte[] { (byte)'/', (byte)'a' } });
        Assert.True(failed.Wait(s_patience));
        Assert.True(answered.Wait(s_patience));
        Assert.Null(loop.Fault);
        Assert.Contains("the journal failed with ENOSPC: nothing is served", last.Problem, StringComparison.Ordinal);
    }
}
