namespace Engine.Metadata;

/// <summary>What <see cref="SessionTable"/> asks of its rank. None of these may call back into the table.</summary>
public interface ISessionHost
{
    /// <summary>Sends to a client.</summary>
    void Send(ClientId client, Message message);

    /// <summary>The session is over: the client's capabilities, requests and locks are to go.</summary>
    void Ended(Session session);

    /// <summary>The client was not heard of for too long: what it holds binds nobody any more.</summary>
    void WentStale(Session session);

    /// <summary>A stale client is back.</summary>
    void Resumed(Session session);

    /// <summary>A flush that was asked for is over: the client answered, or is gone.</summary>
    void Flushed(ClientId client, ulong token);
}
