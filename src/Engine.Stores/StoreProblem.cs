namespace Engine.Stores;

/// <summary>Why a store could not be formatted or opened.</summary>
public enum StoreProblem
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The device holds something else, or nothing that is known.</summary>
    Foreign,

    /// <summary>A format was interrupted before it was complete.</summary>
    Torn,

    /// <summary>Both copies of the superblock are unusable, or they contradict each other.</summary>
    Damaged,

    /// <summary>A later version of Engine wrote it.</summary>
    Newer,

    /// <summary>The device has fewer bytes than the volume needs.</summary>
    TooSmall,

    /// <summary>A size or unit that was asked for, or that the device has, is impossible.</summary>
    BadSize,

    /// <summary>The device cannot be written.</summary>
    ReadOnly,

    /// <summary>A newer incarnation has taken it over.</summary>
    Stale,

    /// <summary>Another process holds it.</summary>
    Busy,

    /// <summary>It does not exist.</summary>
    Missing,

    /// <summary>The device failed a request.</summary>
    DeviceFailed,
}
