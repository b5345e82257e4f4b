namespace Engine.Migration.Tests;

/// <summary>What becomes of messages between ranks. On a channel they keep their order in any case.</summary>
internal enum MessageModel
{
    /// <summary>Each arrives at once.</summary>
    InOrder,

    /// <summary>Each takes a while of its own; channels do not wait for one another.</summary>
    Delayed,

    /// <summary>Channels end, with all that is on its way, and both ends are told: one at a message that is drawn, one in the
    /// recovery.</summary>
    Reset,

    /// <summary>Each takes longer than its sender waits for an answer: what can be asked again is, and both arrive.</summary>
    Resent,
}
