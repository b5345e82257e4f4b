namespace Engine.Cluster;

/// <summary>What became of a message that was to be sent.</summary>
public enum SendOutcome
{
    /// <summary>It will be sent, unless the connection ends before.</summary>
    Queued,

    /// <summary>Too much waits already; <see cref="IEndpointHandler.Writable"/> tells when that is less.</summary>
    Full,

    /// <summary>The connection has ended or is closing.</summary>
    Closed,

    /// <summary>A field of it cannot be sent, or it is longer than the peer takes.</summary>
    Unsendable,
}
