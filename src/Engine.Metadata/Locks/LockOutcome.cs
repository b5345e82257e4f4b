namespace Engine.Metadata;

/// <summary>What became of an attempt to acquire all locks of an operation.</summary>
public enum LockOutcome
{
    /// <summary>All are held.</summary>
    Acquired,

    /// <summary>Wait for <see cref="LockSet.BlockedOn"/>, then acquire again.</summary>
    Waiting,

    /// <summary>Something was in the way that the operation does not wait for; nothing is held.</summary>
    Aborted,

    /// <summary>Another rank is authority over <see cref="LockSet.BlockedOn"/>; nothing is held.</summary>
    NotAuthority,
}
