namespace Engine.Metadata;

/// <summary>What must have left before an unstable state ends.</summary>
[Flags]
internal enum LockDrain
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Operations that read.</summary>
    Readers = 1,

    /// <summary>Operations that write.</summary>
    Writers = 2,

    /// <summary>Both.</summary>
    All = 3,

    /// <summary>At a replica: a message of the authority, and nothing else, ends it.</summary>
    Message = 4,
}
