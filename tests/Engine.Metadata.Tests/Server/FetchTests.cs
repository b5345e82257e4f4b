using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Directories that cannot be read now.</summary>
public sealed class FetchTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void WhatIsDamagedAsItWasRead_IsReadOnceMore()
    {
        Make();
        _rank.GatedStore.ShortReads = 1;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Empty(_rank.Rank.Damage);
        Assert.Equal(0, _rank.GatedStore.ShortReads);
    }

    [Fact]
    public void WhatIsDamagedTwice_IsDamage()
    {
        Make();
        _rank.GatedStore.ShortReads = 2;
        Assert.Equal(IoError.Io, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Single(_rank.Rank.Damage);
        Assert.Equal(IoError.Io, _rank.Call(ClientOp.Lookup, "/d/f").Error);
    }

    [Fact]
    public void WhatWasDamagedTwice_IsReadAgainAfterAWhile()
    {
        Make();
        _rank.GatedStore.ShortReads = 4;
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(IoError.Io, _rank.Call(ClientOp.Lookup, "/d/f").Error);
            Assert.Single(_rank.Rank.Damage);
            _rank.Advance(2_000_000);
        }

        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/g").Error);
        Assert.Empty(_rank.Rank.Damage);
        Assert.Equal(["f", "g"], _rank.List("/d").Order());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    public void AReadThatFails_IsNoDamage_AndIsMadeAgain(int errno)
    {
        var error = new IoError(errno);
        Make();
        _rank.GatedStore.ReadFailure = error;
        Assert.Equal(error, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Equal(error, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Empty(_rank.Rank.Damage);
        _rank.GatedStore.ReadFailure = IoError.None;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/g").Error);
    }

    /// <summary>What it changed cannot be told where its directory is: its session ends, so that it does not take that for done.
    /// </summary>
    [Fact]
    public void WhoFlushesWhatLiesInADamagedDirectory_IsEnded()
    {
        const long Client = 2;
        using RankHarness rank = new RankHarness(options => options with { ReconnectMicros = 45_000_000 }).Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/d/f").Error);
        for (int life = 0; life < 2; life++)
        {
            rank.Rank.Stop();
            rank.Run();
            rank.Crash();
            rank.Start();
            rank.Tell(1, new Reconnect([]));
        }

        ClientRequest open = new(0, ClientOp.Open)
            { Path = "/d/f"u8.ToArray(), Flags = OpenFlags.Write | OpenFlags.Keep, OnlySafe = true };
        CapGrant cap = rank.Call(open, Client).Caps!;
        Assert.Equal(IoError.None, rank.Call(ClientOp.SetAttributes, "/d/f", request => request with
            { Changes = new AttributeChanges { Uid = 7 } }).Error);
        rank.Crash();
        rank.Start();
        rank.Tell(1, new Reconnect([]));
        rank.Tell(Client, new Reconnect([new CapReconnect(cap.Ino, cap.CapId, cap.Wanted, cap.Caps, "/d/f"u8.ToArray())]));
        rank.GatedStore.ShortReads = 2;
        Assert.Equal(IoError.Io, rank.Call(ClientOp.ReadDirectory, "/d", request => request with { Limit = 9 }).Error);
        Assert.Single(rank.Rank.Damage);
        CapGrant now = (CapGrant)rank.Told.FindLast(item => item.Message is CapGrant).Message ?? cap;
        rank.Tell(Client, new CapUpdate(
            cap.Ino, now.CapId, now.Seq, now.IssueSeq, now.MigrationSeq, now.Caps, now.Wanted, CapBits.FileWrite, 1,
            new CapAttributes { Size = 5 }));
        Assert.Single(rank.Told, item => item is { Client.Value: Client, Message: SessionClosed { Reason: SessionEnd.Evicted } });
        Assert.DoesNotContain(rank.Told, item => item.Message is CapFlushAck);
    }

    /// <summary>A file in a directory that is in the store, and not in memory.</summary>
    private void Make()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/f").Error);
        for (int life = 0; life < 2; life++)
        {
            // A life begins with what the last segment of the one before names.
            _rank.Rank.Stop();
            _rank.Run();
            _rank.Crash();
            _rank.Start();
        }
    }
}
