namespace Engine.Cluster;

/// <summary>How far a connection has come. It goes forward only, and may end from anywhere.</summary>
public enum ConnectionState
{
    /// <summary>The peer's address is being called.</summary>
    Connecting,

    /// <summary>The ends tell one another who they are.</summary>
    Greeting,

    /// <summary>Messages pass.</summary>
    Open,

    /// <summary>One end has said, or is to say, goodbye: what was queued still passes.</summary>
    Closing,

    /// <summary>Nothing passes any more; both queues are dropped.</summary>
    Ended,
}
