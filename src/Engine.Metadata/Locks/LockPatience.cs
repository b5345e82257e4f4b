namespace Engine.Metadata;

/// <summary>What an operation does when a lock or pin cannot be had at once.</summary>
public enum LockPatience
{
    /// <summary>It waits.</summary>
    Wait,

    /// <summary>It waits for locks; an object that is frozen or freezing aborts it.</summary>
    AbortWhenFrozen,

    /// <summary>Anything that is in the way aborts it.</summary>
    Never,
}
