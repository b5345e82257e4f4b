namespace Engine.Testing.Namespace;

/// <summary>What a step does.</summary>
public enum StepKind
{
    /// <summary>Advances the clock: what changes afterwards has a later time.</summary>
    Tick,
    MakeDirectory,
    Open,
    Close,
    StatHandle,
    Link,
    SymbolicLink,
    ReadLink,
    Unlink,
    RemoveDirectory,
    Rename,
    Stat,
    ReadDirectory,
    ChangeMode,
    ChangeOwner,
    Truncate,
    SetTimes,
    SetXattr,
    GetXattr,
    ListXattr,
    RemoveXattr,
}
