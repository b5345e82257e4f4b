namespace Engine.Metadata;

/// <summary>State bits of a dentry that travel with it. Source: migrator specification, 1.3.</summary>
[Flags]
public enum DentryWireState : byte
{
    None = 0,

    /// <summary>Changed since it was last committed.</summary>
    Dirty = 1,
}
