namespace Engine.Cluster;

/// <summary>What a frame is. Values are sent and never used again.</summary>
public enum FrameKind : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>First frame of who dialled: a <see cref="Greeting"/>.</summary>
    Hello = 1,

    /// <summary>First frame of who was dialled, when it agrees: a <see cref="Greeting"/>.</summary>
    Welcome = 2,

    /// <summary>The only frame of who was dialled, when it does not: a <see cref="Refusal"/>.</summary>
    Refusal = 3,

    /// <summary>Nothing, to be heard.</summary>
    Heartbeat = 4,

    /// <summary>One message.</summary>
    Message = 5,

    /// <summary>A piece of a bulk transfer: pages, and on the first one the message that they belong to.</summary>
    Pages = 6,

    /// <summary>The sender takes a bulk transfer back: nothing more of it follows.</summary>
    Withdrawn = 7,

    /// <summary>The receiver has no use or no room for a bulk transfer: the rest need not be sent.</summary>
    Declined = 8,

    /// <summary>Last frame of an end that closes in order.</summary>
    Goodbye = 9,
}
