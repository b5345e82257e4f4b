namespace Engine.Metadata.Tests.Sessions;

/// <summary>A rank of <see cref="CapMigrationTests"/>: capabilities on one inode whose locks stay in SYNC.</summary>
internal sealed class CapMigrationRank : ICapHost, ISessionHost, IDisposable
{
    private readonly Action<ClientId, RankId, Message> _send;

    public CapMigrationRank(RankId id, IEnumerable<CapClient> clients, Action<ClientId, RankId, Message> send)
    {
        Id = id;
        _send = send;
        Sessions = new SessionTable(this);
        Caps = new CapTable(this, (ulong)id.Value * 1000);
        foreach (CapClient client in clients)
        {
            Sessions.TryOpen(client.Id, "", 0, out _);
            Sessions.OpenDurable(new SessionStateSeq(client.Id, Sessions.Find(client.Id)!.StateSeq));
        }
    }

    public RankId Id { get; }

    public SessionTable Sessions { get; }

    public CapTable Caps { get; }

    public bool IsOwner { get; set; }

    public long NowMicros => 0;

    public void Dispose() => Caps.Dispose();

    public Session? FindSession(ClientId client) => Sessions.Find(client);

    public void Send(ClientId client, Message message) => _send(client, Id, message);

    public bool IsAuthority(LockObject inode) => IsOwner;

    public LockState StateOf(LockObject inode, LockKind kind) => LockState.Sync;

    public void CapsBegan(LockObject inode) => Assert.Null(Caps.Find(inode.Ino)!.Loner);

    public void CapsEnded(LockObject inode) => Assert.Null(Caps.Find(inode.Ino));

    public void CapsChanged(LockObject inode) => Assert.NotNull(Caps.Find(inode.Ino));

    public void NeedsRecovery(LockObject inode) => Assert.Fail("nothing may be written in SYNC");

    public void Ended(Session session) => Caps.Ended(session);

    public void WentStale(Session session) => Caps.WentStale(session);

    public void Resumed(Session session) => Caps.Resumed(session);

    public void Flushed(ClientId client, ulong token) => Assert.Fail("nobody asked");
}
