// Clients that come back after a restart with paths that lead elsewhere by then: the journal tells of what they have open, up
// to a number of files, and of nothing else.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>What clients have open is in memory after a restart, wherever it is by then.</summary>
public sealed class OpenFileTests : IDisposable
{
    private const long Second = 1_000_000;
    private const OpenFlags Writing = OpenFlags.Keep | OpenFlags.Write | OpenFlags.Read;

    private readonly RankHarness _rank = new(
        options => options with { SegmentEventsMax = 16, SegmentsMax = 2, ReconnectMicros = 45 * Second });

    public OpenFileTests() => _rank.Start();

    public void Dispose()
    {
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
        _rank.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AFileIsFound_ThoughItsPathLeadsElsewhere(int lives)
    {
        Do(ClientOp.MakeDirectory, "/d");
        Do(ClientOp.Create, "/d/g");
        List<CapGrant> held = [Open(ClientOp.Create, "/d/f"), Open(ClientOp.Open, "/d/g"), Open(ClientOp.Open, "/d")];
        Do(ClientOp.Rename, "/d", "/e");
        Do(ClientOp.Rename, "/e/f", "/e/h");
        Fill(200);
        string[] known = ["/d/f", "/d/g", "/d"];
        for (int life = 0; life < lives; life++)
        {
            // Nobody comes back in time for the next crash, and what was replayed is written back meanwhile.
            _rank.Crash();
            _rank.Start();
            _rank.Advance(10 * Second);
        }

        _rank.Tell(1, new Reconnect([.. held.Select((grant, i) =>
            new CapReconnect(grant.Ino, grant.CapId, grant.Wanted, grant.Caps, Encoding.UTF8.GetBytes(known[i])))]));
        _rank.Tell(2, new Reconnect([]));
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.All(held, grant => Assert.True(_rank.Rank.Caps.TryGet(grant.Ino, new ClientId(1), out _)));
        Assert.DoesNotContain(_rank.Told, told => told.Message is CapExport);

        // What it changed before the crash is taken.
        _rank.Tell(1, new CapUpdate(
            held[0].Ino, held[0].CapId, 1, 1, 0, held[0].Caps, held[0].Wanted, CapBits.FileWrite, 1,
            new CapAttributes { Size = 4711 }));
        Assert.Equal(4711, _rank.Call(new ClientRequest(0, ClientOp.GetAttributes) { Path = "/e/h"u8.ToArray() }, 2).Stat.Size);
    }

    [Fact]
    public void WhatTheJournalCannotTellOf_IsLostWithItsPath()
    {
        using RankHarness rank = new(
            options => options with { SegmentEventsMax = 3, SegmentsMax = 1, ReconnectMicros = 45 * Second });
        rank.Start();
        ClientRequest create = new(0, ClientOp.Create) { Path = "/f"u8.ToArray(), Flags = Writing, OnlySafe = true };
        CapGrant grant = rank.Call(create).Caps!;
        rank.Call(ClientOp.MakeDirectory, "/e");
        ClientReply moved = rank.Call(ClientOp.Rename, "/f", request => request with { Path2 = "/e/f"u8.ToArray() });
        Assert.Equal(IoError.None, moved.Error);
        for (int i = 0; i < 20; i++)
            rank.Call(ClientOp.MakeDirectory, $"/d{i}");
        rank.Crash();
        rank.Start();
        rank.Tell(1, new Reconnect([new CapReconnect(grant.Ino, grant.CapId, grant.Wanted, grant.Caps, "/f"u8.ToArray())]));
        Assert.Contains(rank.Told, told => told.Message is CapExport { To.CapId: 0 });
    }

    [Fact]
    public void WhatIsClosed_IsToldOfNoMore()
    {
        Do(ClientOp.MakeDirectory, "/d");
        CapGrant grant = Open(ClientOp.Create, "/d/f");
        Fill(200);
        Assert.True(Notes() > 0);
        Assert.Equal(IoError.None, _rank.Call(new ClientRequest(0, ClientOp.Close) { Base = grant.Ino }, 1).Error);
        Fill(200);
        Assert.Equal(0, Notes());
    }

    [Fact]
    public void MoreThanTheJournalShouldTellOf_AreFoundByPath()
    {
        List<CapGrant> held = [];
        for (int i = 0; i < 40; i++)
            held.Add(Open(ClientOp.Create, $"/f{i}"));
        Fill(300);
        Assert.InRange(Notes(), 1, 16);
        _rank.Crash();
        _rank.Start();
        _rank.Tell(1, new Reconnect([.. held.Select((grant, i) =>
            new CapReconnect(grant.Ino, grant.CapId, grant.Wanted, grant.Caps, Encoding.UTF8.GetBytes($"/f{i}")))]));
        _rank.Tell(2, new Reconnect([]));
        Assert.All(held, grant => Assert.True(_rank.Rank.Caps.TryGet(grant.Ino, new ClientId(1), out _)));
    }

    [Fact]
    public void AFullJournal_IsNotKeptFullByWhatIsOpen()
    {
        _rank.MemoryLog.BytesMax = 512 << 10;
        _rank.Crash();
        _rank.Start();
        for (int i = 0; i < 10; i++)
            Open(ClientOp.Create, $"/f{i}");
        Fill(3000);
        _rank.GatedStore.Failure = IoError.Io;
        IoError error = IoError.None;
        for (int i = 0; error.IsNone && i < 5000; i++)
            error = _rank.Call(new ClientRequest(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes($"/late{i}") }, 2).Error;
        Assert.Equal(IoError.Io, error);
        _rank.GatedStore.Failure = IoError.None;
        _rank.Advance(5 * Second);
        Do(ClientOp.Create, "/again");
        _rank.Rank.Stop();
        _rank.Run();
        Assert.Equal(RankState.Stopped, _rank.Rank.State);
    }

    [Fact]
    public void ARankThatStops_ComesToOneSegment_WhateverIsOpen()
    {
        using RankHarness rank = new(options => options with { SegmentEventsMax = 4, SegmentsMax = 40 });
        rank.Start();
        for (int i = 0; i < 30; i++)
        {
            byte[] path = Encoding.UTF8.GetBytes($"/f{i}");
            Assert.Equal(IoError.None, rank.Call(new ClientRequest(0, ClientOp.Create) { Path = path, Flags = Writing }).Error);
        }

        rank.Rank.Stop();
        rank.RunAtMost(5000);
        Assert.Equal(RankState.Stopped, rank.Rank.State);
    }

    private int Notes()
    {
        int notes = 0;
        for (int i = 0; i < _rank.MemoryLog.Count; i++)
            notes += new EventReader(_rank.MemoryLog.Payload(i)).Header.Kind == EventKind.Open ? 1 : 0;
        return notes;
    }

    private CapGrant Open(ClientOp op, string path)
    {
        OpenFlags flags = path == "/d" ? OpenFlags.Keep | OpenFlags.Read | OpenFlags.Directory : Writing;
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path), Flags = flags, OnlySafe = true };
        ClientReply reply = _rank.Call(request, client: 1);
        Assert.Equal(IoError.None, reply.Error);
        return reply.Caps!;
    }

    private void Fill(int files)
    {
        string directory = $"/fill{_rank.Rank.LastSeq}";
        Do(ClientOp.MakeDirectory, directory);
        for (int i = 0; i < files; i++)
            Do(ClientOp.Create, $"{directory}/{i}");
    }

    private void Do(ClientOp op, string path, string to = "")
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path), Path2 = Encoding.UTF8.GetBytes(to) };
        Assert.Equal(IoError.None, _rank.Call(request, client: 2).Error);
    }
}
