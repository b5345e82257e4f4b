using Engine.Devices;

namespace Engine.Cli.Sessions;

/// <summary>What a command opens: the volume's place and how to run it.</summary>
/// <param name="Path">Block device or file.</param>
/// <param name="Engine">Who carries its requests.</param>
/// <param name="CacheBytes">Memory of the cache.</param>
internal sealed record SessionOptions(string Path, DeviceEngine Engine, long CacheBytes)
{
    /// <summary>Nothing will be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The cache will be used: its memory is taken at once.</summary>
    public bool Cached { get; init; } = true;
}
