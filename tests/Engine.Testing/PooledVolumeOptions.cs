using Engine.Volumes;

namespace Engine.Testing;

/// <summary>Volumes over diagnostic pools.</summary>
public static class PooledVolumeOptions
{
    /// <summary>The options with a pool of just the size they need.</summary>
    public static VolumeOptions Over(this VolumeOptions options, DiagnosticPools pools) =>
        options with { Pool = pools.Make(options.PoolBlocksNeeded) };
}
