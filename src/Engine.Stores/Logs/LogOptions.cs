namespace Engine.Stores;

/// <summary>How a log is opened and runs.</summary>
public sealed record LogOptions
{
    /// <summary>Name of the device in messages, for example its path; a directory's is its path.</summary>
    public string DeviceName { get; init; } = "the device";

    /// <summary>What the log has to be; null takes any. Another log is refused before anything is written.</summary>
    public LogIdentity? Identity { get; init; }

    /// <summary>The life of the writer, higher than any that opened the log before; null takes the next one.</summary>
    public ulong? Incarnation { get; init; }

    /// <summary>An older instance may be alive and have writes in flight, because nothing (an exclusive open, a lock) keeps it
    /// out. New records then begin behind what those writes can reach, which costs a few segments until they are
    /// trimmed.</summary>
    public bool IsShared { get; init; }

    /// <summary>Opens a damaged log as if it ended before the damage. What stood behind is lost;
    /// <see cref="SegmentLog.OpenReport"/> says so.</summary>
    public bool CutsAtDamage { get; init; }

    /// <summary>Most writes in flight; 1 to 64.</summary>
    public int WritesMax { get; init; } = 4;

    /// <summary>Bytes that are gathered for one write.</summary>
    public int WriteBytes { get; init; } = 256 << 10;

    /// <summary>Most bytes appended and not yet written; one more record ends with EAGAIN.</summary>
    public long PendingBytesMax { get; init; } = 64 << 20;

    /// <summary>Lets a device with FUA of its own make a write durable by itself where that saves a flush.</summary>
    public bool UsesFua { get; init; } = true;
}
