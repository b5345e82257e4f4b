namespace Engine.Stores.Tests.Durability;

/// <summary>Which layer a script drives.</summary>
internal enum TargetKind
{
    /// <summary>The object cache over the store.</summary>
    Cacher,

    /// <summary>A volume with a cache.</summary>
    CachedVolume,

    /// <summary>A volume without a cache.</summary>
    DirectVolume,
}
