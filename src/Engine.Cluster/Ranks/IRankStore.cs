using Engine.Objects;

namespace Engine.Cluster;

/// <summary>What one life of a rank writes to; closed when disposed.</summary>
public interface IRankStore : IDisposable
{
    /// <summary>Its journal.</summary>
    ILog Log { get; }

    /// <summary>The objects that all ranks share.</summary>
    IObjectBackend Objects { get; }
}
