namespace Engine.Metadata;

/// <summary>How far a rank is. Source: migrator specification, 1.15 and 4.2.</summary>
public enum RankState
{
    /// <summary>Made, not begun.</summary>
    Created,

    /// <summary>Reads its journal.</summary>
    Replay,

    /// <summary>Has the other ranks' copies of the way to its subtrees given anew.</summary>
    Rejoin,

    /// <summary>Waits for the clients of its life before to say what they have.</summary>
    Reconnect,

    /// <summary>Serves.</summary>
    Active,

    /// <summary>Takes no more requests, and writes everything back.</summary>
    Stopping,

    /// <summary>Ended in order: everything is in the store.</summary>
    Stopped,

    /// <summary>Lost its journal or store, or found them damaged: serves nobody, and says why.</summary>
    Failed,
}
