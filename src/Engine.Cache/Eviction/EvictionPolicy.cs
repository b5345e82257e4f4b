namespace Engine.Cache;

/// <summary>Which block goes first when memory is needed.</summary>
public enum EvictionPolicy
{
    /// <summary>S3-FIFO: newcomers pass a small queue, those that are hit there go to a main one, and fingerprints of those that
    /// are not let them go there directly when they come again. A scan harms it little.</summary>
    S3Fifo,

    /// <summary>The least recently used: the reference.</summary>
    Lru,
}
