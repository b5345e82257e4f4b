namespace Engine.Metadata;

/// <summary>What became of an attempt to take a lock.</summary>
public enum LockStart
{
    /// <summary>It is taken.</summary>
    Granted,

    /// <summary>The lock is on its way; wait for it and try again.</summary>
    Wait,

    /// <summary>The lock would have to change its state, and the object is frozen; wait until it is not.</summary>
    WaitUnfreeze,

    /// <summary>Only the authority can do that.</summary>
    NotAuthority,
}
