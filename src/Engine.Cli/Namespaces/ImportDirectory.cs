using Engine.Devices;

namespace Engine.Cli.Namespaces;

/// <summary>A directory that an import makes.</summary>
internal sealed class ImportDirectory(byte[] source, byte[] path, HostStatus status)
{
    private volatile int _state;

    /// <summary>Where it is on this machine.</summary>
    public byte[] Source { get; } = source;

    /// <summary>Where it is to be in the namespace.</summary>
    public byte[] Path { get; } = path;

    /// <summary>Its attributes, set when everything in it is there.</summary>
    public HostStatus Status { get; } = status;

    /// <summary>The namespace has answered.</summary>
    public bool IsAnswered => _state != 0;

    /// <summary>It is there.</summary>
    public bool IsMade => _state > 0;

    /// <summary>Notes the answer.</summary>
    public void Answer(bool isMade) => _state = isMade ? 1 : -1;
}
