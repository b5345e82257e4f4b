// Sessions: opening, ending, silence, imports, flushes, executed requests, and the stored form.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Sessions;

public sealed class SessionTests
{
    private const long Second = 1_000_000;
    private static readonly ClientId s_client = new(7);
    private readonly RecordingSessionHost _host = new();
    private readonly SessionTable _table;

    public SessionTests() => _table = new SessionTable(_host);

    [Fact]
    public void ASessionIsOpenWhenTheJournalHasIt()
    {
        Assert.True(_table.TryOpen(s_client, "here", 0, out SessionChange change));
        Assert.Equal(new SessionChange(SessionChangeKind.Opened, 1, s_client, "here"), change);
        Assert.False(_table.TryOpen(s_client, "here", 0, out _));
        Assert.Empty(_host.Take());
        _table.OpenDurable(At());
        Assert.Equal(["7 <- Opened"], _host.Take());
        Assert.False(_table.TryOpen(s_client, "here", 0, out _));
        Assert.Equal(["7 <- Opened"], _host.Take());
    }

    [Fact]
    public void ACloseWaitsUntilTheClientHasSeenEverything()
    {
        Session session = Open(s_client);
        session.CapPushSeq = 3;
        Assert.False(_table.TryClose(s_client, 2, out _));
        Assert.True(_table.TryClose(s_client, 3, out SessionChange change));
        Assert.Equal(SessionChangeKind.Closed, change.Kind);
        Assert.Equal(SessionState.Closing, session.State);
        _table.CloseDurable(At());
        Assert.Equal(["7 ended", "7 <- Closed Closed"], _host.Take());
        Assert.Null(_table.Find(s_client));
        Assert.False(_table.TryClose(s_client, 3, out _));
        Assert.Equal(["7 <- Closed Unknown"], _host.Take());
    }

    [Fact]
    public void AnOpeningBeatsACloseThatIsNotDurable()
    {
        Open(s_client);
        Assert.True(_table.TryComplete(s_client, new CompletedRequest(1, default)));
        Assert.True(_table.TryClose(s_client, 0, out _));
        SessionStateSeq closing = At();
        Assert.True(_table.TryOpen(s_client, "again", 0, out SessionChange change));
        Assert.Equal(3UL, change.Version);
        _table.CloseDurable(closing);
        _table.OpenDurable(At());
        Assert.Equal(["7 ended", "7 <- Opened"], _host.Take());
        Assert.Equal((SessionState.Open, 0), (_table.Find(s_client)!.State, _table.Find(s_client)!.CompletedCount));
    }

    [Fact]
    public void SilenceMakesStaleThenOverdueAndARenewalHeals()
    {
        Session session = Open(s_client);
        List<ClientId> overdue = [];
        _table.Tick(61 * Second, 60 * Second, 300 * Second, overdue);
        Assert.Equal(["7 stale", "7 <- Stale"], _host.Take());
        Assert.Equal(SessionState.Stale, session.State);
        _table.Renew(s_client, 5, 62 * Second);
        Assert.Equal(["7 resumed", "7 <- Renewed 5"], _host.Take());
        _table.Tick(363 * Second, 60 * Second, 300 * Second, overdue);
        Assert.Equal([s_client], overdue);
        Assert.True(_table.TryKill(s_client, out _));
        _host.Take();
        _table.CloseDurable(At());
        Assert.Equal(["7 ended", "7 <- Closed Evicted"], _host.Take());
        _table.Renew(s_client, 6, 400 * Second);
        Assert.Equal(["7 <- Closed Unknown"], _host.Take());
    }

    [Fact]
    public void AnImportProtectsASession()
    {
        Assert.True(_table.ForceOpen(s_client, "here", 0, out _));
        Assert.False(_table.ForceOpen(s_client, "here", 0, out _));
        _table.OpenDurable(At());
        List<ClientId> overdue = [];
        _table.Tick(1000 * Second, Second, Second, overdue);
        Assert.Empty(overdue);
        Assert.False(_table.TryClose(s_client, 0, out _));
        Assert.False(_table.TryKill(s_client, out _));
        _table.EndImport(s_client);
        Assert.False(_table.TryKill(s_client, out _));
        _table.EndImport(s_client);
        Assert.True(_table.TryKill(s_client, out _));
        Assert.Throws<InvariantException>(() => _table.EndImport(s_client));
    }

    [Fact]
    public void AnImportReopensASessionThatIsClosing()
    {
        Open(s_client);
        Assert.True(_table.TryClose(s_client, 0, out _));
        SessionStateSeq closing = At();
        Assert.True(_table.ForceOpen(s_client, "here", 0, out _));
        _table.CloseDurable(closing);
        _table.OpenDurable(At());
        Assert.Equal((SessionState.Open, 1), (_table.Find(s_client)!.State, _table.Find(s_client)!.ImportingCount));
    }

    [Fact]
    public void FlushesAreAnsweredInOrderOrEndWithTheSession()
    {
        Session session = Open(s_client);
        Assert.False(_table.TryFlush(new ClientId(8), 1));
        session.CapPushSeq = 2;
        Assert.True(_table.TryFlush(s_client, 1));
        session.CapPushSeq = 4;
        Assert.True(_table.TryFlush(s_client, 2));
        Assert.True(_table.TryFlush(s_client, 3));
        _table.CancelFlush(s_client, 3);
        _table.ResendFlush(s_client);
        Assert.Equal(["7 <- Flush 2", "7 <- Flush 4", "7 <- Flush 4", "7 <- Flush 4"], _host.Take());
        Assert.False(_table.TryAcknowledgeFlush(s_client, 5));
        Assert.True(_table.TryAcknowledgeFlush(s_client, 3));
        Assert.Equal(["7 flushed 1"], _host.Take());
        Assert.True(_table.TryKill(s_client, out _));
        Assert.Equal(["7 flushed 2"], _host.Take());
    }

    [Fact]
    public void ARequestIsRememberedUntilItsAnswerIsAcknowledged()
    {
        Session session = Open(s_client);
        Assert.True(_table.TryComplete(s_client, new CompletedRequest(4, new Ino(9))));
        Assert.True(_table.TryComplete(s_client, new CompletedRequest(5, default)));
        Assert.True(session.TryGetCompleted(4, out Ino made));
        Assert.Equal(new Ino(9), made);
        _table.Acknowledge(s_client, 5);
        Assert.False(session.TryGetCompleted(4, out _));
        Assert.True(session.TryGetCompleted(5, out _));
        Assert.False(_table.TryComplete(s_client, new CompletedRequest(3, default)));
        for (ulong tid = 6; session.CompletedCount < Session.CompletedMax; tid++)
            Assert.True(_table.TryComplete(s_client, new CompletedRequest(tid, default)));
        Assert.False(_table.TryComplete(s_client, new CompletedRequest(1 << 20, default)));
    }

    [Fact]
    public void AClientThatDoesNotReconnectIsFound()
    {
        Open(s_client);
        Open(new ClientId(8));
        var restarted = new SessionTable(_host);
        Assert.True(Copy(_table, restarted));
        Assert.True(restarted.TryReconnect(s_client, Second));
        Assert.False(restarted.TryReconnect(new ClientId(9), Second));
        List<ClientId> missing = [];
        restarted.FindMissing(missing);
        Assert.Equal([new ClientId(8)], missing);
    }

    [Fact]
    public void ReplayOfAnyChangesGivesTheTable()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var random = new SeededRandom(seed);
            var table = new SessionTable(_host);
            var replayed = new SessionTable(_host);
            for (int i = 0; i < 200; i++)
            {
                if (!RandomChange(table, random, out SessionChange change))
                    continue;
                Span<byte> bytes = new byte[512];
                BufferWriter writer = new(bytes);
                Assert.True(change.TryEncode(ref writer));
                BufferReader reader = new(bytes[..(int)writer.Position]);
                Assert.True(SessionChange.TryDecode(ref reader, out SessionChange read));
                Assert.Equal((change, 0L), (read, reader.Remaining));
                Assert.True(replayed.TryApply(read, 0));
                Assert.True(replayed.TryApply(read, 0));
                if (random.NextBool(0.05))
                    Assert.True(Copy(replayed, replayed = new SessionTable(_host)));
            }

            Assert.Equal(Live(table), Live(replayed));
            Assert.Equal(table.Version, replayed.Version);
            Assert.False(replayed.TryApply(
                new SessionChange(SessionChangeKind.Opened, table.Version + 2, s_client, ""), 0));
        }
    }

    [Fact]
    public void DecodingATableIsTotal()
    {
        Open(s_client);
        Open(new ClientId(-3));
        Assert.True(_table.TryComplete(s_client, new CompletedRequest(1, new Ino(2))));
        byte[] sound = Encode(_table);
        var random = new SeededRandom(5);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = sound[..random.NextInt(sound.Length + 1)];
            if (damaged.Length > 0)
                damaged[random.NextInt(damaged.Length)] ^= (byte)(1 << random.NextInt(8));
            var table = new SessionTable(_host);
            BufferReader reader = new(damaged);
            if (!table.TryDecode(ref reader, 0))
                Assert.Equal((0, 0UL), (table.Sessions.Count, table.Version));
        }
    }

    private static string[] Live(SessionTable table) =>
        [.. table.Sessions.Where(session => session.IsLive).Select(session => $"{session.Client} {session.Address}")];

    private static byte[] Encode(SessionTable table)
    {
        byte[] bytes = new byte[1 << 16];
        BufferWriter writer = new(bytes);
        Assert.True(table.TryEncode(ref writer));
        return bytes[..(int)writer.Position];
    }

    private static bool Copy(SessionTable from, SessionTable to)
    {
        BufferReader reader = new(Encode(from));
        return to.TryDecode(ref reader, 0) && reader.Remaining == 0;
    }

    private static bool RandomChange(SessionTable table, SeededRandom random, out SessionChange change)
    {
        ClientId client = new(random.NextInt(5));
        change = default;
        switch (random.NextInt(4))
        {
            case 0:
                return table.TryOpen(client, $"at {random.NextInt(100)}", 0, out change);
            case 1:
                return table.TryClose(client, 0, out change);
            case 2:
                return table.TryKill(client, out change);
            default:
                if (table.Find(client) is { } session)
                {
                    table.OpenDurable(new SessionStateSeq(client, session.StateSeq));
                    table.CloseDurable(new SessionStateSeq(client, session.StateSeq));
                }

                return false;
        }
    }

    private SessionStateSeq At() => new(s_client, _table.Find(s_client)!.StateSeq);

    private Session Open(ClientId client)
    {
        Assert.True(_table.TryOpen(client, "here", 0, out _));
        Session session = _table.Find(client)!;
        _table.OpenDurable(new SessionStateSeq(client, session.StateSeq));
        _host.Take();
        return session;
    }
}
