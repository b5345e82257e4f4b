using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What a rank and its clients really say is carried as bytes, and a rank works over them as over objects.</summary>
public sealed class WireOverRankTests : IDisposable
{
    private readonly WireCarrier _wire = new();
    private readonly RankHarness _rank;

    public WireOverRankTests()
    {
        _rank = new RankHarness(options => options with { ReconnectMicros = 45_000_000 }) { Wire = _wire };
        _rank.Start();
    }

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void ADayOfTwoClientsIsCarried()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.SetXattr, "/d", SetXattr).Error);
        Assert.Equal("value"u8.ToArray(), _rank.Call(ClientOp.GetXattr, "/d", SetXattr).Value.ToArray());
        for (int i = 0; i < 20; i++)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, $"/d/{i}").Error);
        Assert.Equal(20, _rank.List("/d", limit: 7).Count);
        Assert.Equal(IoError.NotEmpty, _rank.Call(ClientOp.RemoveDirectory, "/d").Error);

        // The second opener takes from the first what only one may have.
        CapGrant grant = Open(client: 1);
        Open(client: 2);
        Assert.Contains(_rank.Told, told => told is { Client.Value: 1, Message: CapGrant { IsRevoke: true } });

        _rank.Crash();
        _rank.Start();
        _rank.Tell(1, new Reconnect(
            [new CapReconnect(grant.Ino, grant.CapId, grant.Wanted, CapBits.Pin | CapBits.FileRead, "d/0"u8.ToArray())]));
        _rank.Tell(2, new Reconnect([]));
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.True(_rank.Rank.Caps.TryGet(grant.Ino, new ClientId(1), out _));
        _rank.Tell(1, new SessionRenew(9));
        Assert.Equal(new SessionRenewed(9), _rank.Told[^1].Message);
        Assert.InRange(_wire.CarriedCount, 60, long.MaxValue);
        Assert.Equal(0, _wire.RefusedCount);

        static ClientRequest SetXattr(ClientRequest request) =>
            request with { XattrName = "user.name", Value = "value"u8.ToArray() };
    }

    /// <summary>A name that no bytes stand for never reaches a rank over a network, and says so to who sends it.</summary>
    [Fact]
    public void WhatCannotBeSentIsJudgedByTheRankAllTheSame()
    {
        Assert.Equal(IoError.NameTooLong, _rank.Call(ClientOp.Lookup, "/" + new string('x', MetadataName.PathBytesMax)).Error);
        Assert.Equal(1, _wire.RefusedCount);
    }

    private CapGrant Open(long client)
    {
        ulong tid = _rank.Submit(
            new ClientRequest(0, ClientOp.Open) { Path = "/d/0"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Keep }, client);
        _rank.Run();
        CapGrant? grant = _rank.RepliesTo(tid)[0].Caps;
        Assert.NotNull(grant);
        return grant;
    }
}
