namespace Engine.Metadata;

/// <summary>State of a client's session. Source: migrator specification, 1.11.</summary>
public enum SessionState : byte
{
    /// <summary>There is none, any more.</summary>
    Closed,

    /// <summary>It will be open when the journal has it.</summary>
    Opening,

    /// <summary>The client lives.</summary>
    Open,

    /// <summary>The client was not heard of for too long; its capabilities do not bind anybody.</summary>
    Stale,

    /// <summary>The client asked for the end; it comes when the journal has it.</summary>
    Closing,

    /// <summary>As <see cref="Closing"/>, without the client's asking.</summary>
    Killing,
}
