using Engine.Devices;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A sync's answer says that everything that was acknowledged before is durable; over a device that completes when it is
/// told to.</summary>
public sealed class SyncTests : IDisposable
{
    private readonly MemoryDevice _device = new(4 << 20, 512, CompletionMode.Manual);
    private readonly DeviceLog _log;
    private readonly RankHarness _rank;

    public SyncTests()
    {
        DeviceLog.Format(_device, new LogFormatOptions { SegmentBytes = 256 << 10 });
        _log = DeviceLog.Open(_device);
        _rank = new RankHarness(log: _log) { MoreWork = Pump };
        _rank.Start();
        _rank.Call(ClientOp.MakeDirectory, "/a");
        _rank.Call(ClientOp.Lookup, "/a");
        _rank.MoreWork = null;
    }

    public void Dispose()
    {
        _rank.Dispose();
        while (Pump())
        {
        }

        _log.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void WhatWasAcknowledgedBeforeIsSafeThen()
    {
        ulong made = Ask(ClientOp.Create, "/a/b");
        ulong moved = Ask(ClientOp.Create, "/a/c");
        ulong sync = Ask(ClientOp.Sync, "");
        Assert.False(Assert.Single(_rank.RepliesTo(made)).IsSafe);
        Assert.False(Assert.Single(_rank.RepliesTo(moved)).IsSafe);
        Assert.Empty(_rank.RepliesTo(sync));

        while (_rank.RepliesTo(sync).Count == 0)
        {
            Assert.True(Pump());
            _rank.Run();
        }

        Assert.True(Assert.Single(_rank.RepliesTo(sync)) is { IsSafe: true, Error.IsNone: true });
        Assert.True(_rank.RepliesTo(made)[^1] is { IsSafe: true, Error.IsNone: true });
        Assert.True(_rank.RepliesTo(moved)[^1] is { IsSafe: true, Error.IsNone: true });
        Assert.Equal(_rank.Rank.LastSeq, _rank.Rank.DurableSeq);
    }

    [Fact]
    public void WhereNothingWaitsItIsAnsweredAtOnce() =>
        Assert.True(Assert.Single(_rank.RepliesTo(Ask(ClientOp.Sync, ""))).Error.IsNone);

    private ulong Ask(ClientOp op, string path)
    {
        ulong tid = _rank.Submit(new ClientRequest(0, op) { Path = CacheFixture.Bytes(path) });
        _rank.Run();
        return tid;
    }

    private bool Pump()
    {
        bool isBusy = _device.PendingCount > 0;
        _device.Pump(int.MaxValue);
        return isBusy;
    }
}
