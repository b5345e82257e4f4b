namespace Engine.Metadata;

/// <summary>What those who wait for a lock want of it.</summary>
[Flags]
public enum LockWaits : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>To read.</summary>
    Read = 1,

    /// <summary>To write.</summary>
    Write = 2,

    /// <summary>To hold it alone.</summary>
    Exclusive = 4,

    /// <summary>That it is stable.</summary>
    Stable = 8,

    /// <summary>Any of these.</summary>
    All = 15,
}
