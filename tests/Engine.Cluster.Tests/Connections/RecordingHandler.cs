using System.Collections.Concurrent;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Notes what an endpoint tells, in order, and lets a test wait for it.</summary>
internal sealed class RecordingHandler : IEndpointHandler
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly BlockingCollection<Told> _told = [];

    /// <summary>One call.</summary>
    public sealed record Told(string What, Connection? Connection, object? Subject);

    /// <summary>Who may come in; everybody at first.</summary>
    public Func<Peer, Refusal> Admission { get; set; } = static _ => default;

    /// <summary>Runs before a message is noted: may hold the receiver up.</summary>
    public Action<Message>? Before { get; set; }

    /// <summary>Whether to note that pages were sent.</summary>
    public bool NotesSent { get; set; }

    public int Waiting => _told.Count;

    public Connection TakeOpened() => Take("opened").Connection!;

    public T TakeMessage<T>()
        where T : Message => Assert.IsType<T>(Take("received").Subject);

    public ConnectionEnd TakeClosed() => Assert.IsType<ConnectionEnd>(Take("closed").Subject);

    public ConnectionEnd TakeFailed() => Assert.IsType<ConnectionEnd>(Take("failed").Subject);

    /// <summary>The next thing told, which is to be this.</summary>
    public Told Take(string what)
    {
        Assert.True(_told.TryTake(out Told? told, s_patience), $"was not told: {what}");
        Assert.True(told.What == what, $"told {told.What} ({told.Subject}), not {what}");
        return told;
    }

    /// <summary>Whatever is told next.</summary>
    public Told TakeAny()
    {
        Assert.True(_told.TryTake(out Told? told, s_patience), "was told nothing");
        return told;
    }

    public Refusal Admit(Peer peer) => Admission(peer);

    public void Opened(Connection connection) => _told.Add(new Told("opened", connection, null));

    public void Received(Connection connection, Message message)
    {
        Before?.Invoke(message);
        _told.Add(new Told("received", connection, message));
    }

    public void Sent(Connection connection, PagesMessage message)
    {
        if (NotesSent)
            _told.Add(new Told("sent", connection, message));
    }

    public void Writable(Connection connection) => _told.Add(new Told("writable", connection, null));

    public void Declined(Connection connection, PagesMessage message) =>
        _told.Add(new Told("declined", connection, message));

    public void Closed(Connection connection, ConnectionEnd end) => _told.Add(new Told("closed", connection, end));

    public void DialFailed(Peer to, ConnectionEnd end) => _told.Add(new Told("failed", null, end));
}
