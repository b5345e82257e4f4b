namespace Engine.Metadata.Tests.Sessions;

/// <summary>Notes what a table of sessions asks for.</summary>
internal sealed class RecordingSessionHost : ISessionHost
{
    public List<string> Log { get; } = [];

    public void Send(ClientId client, Message message) => Log.Add($"{client.Value} <- {Describe(message)}");

    public void Ended(Session session) => Log.Add($"{session.Client.Value} ended");

    public void WentStale(Session session) => Log.Add($"{session.Client.Value} stale");

    public void Resumed(Session session) => Log.Add($"{session.Client.Value} resumed");

    public void Flushed(ClientId client, ulong token) => Log.Add($"{client.Value} flushed {token}");

    public string[] Take()
    {
        string[] log = [.. Log];
        Log.Clear();
        return log;
    }

    private static string Describe(Message message) => message switch
    {
        SessionClosed closed => $"Closed {closed.Reason}",
        SessionRenewed renewed => $"Renewed {renewed.Seq}",
        SessionFlush flush => $"Flush {flush.CapPushSeq}",
        _ => message.GetType().Name["Session".Length..],
    };
}
