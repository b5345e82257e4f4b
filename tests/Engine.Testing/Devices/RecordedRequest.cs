using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>One request that changed a device or flushed it, as <see cref="RecordingDevice"/> saw it.</summary>
public sealed class RecordedRequest
{
    /// <summary>Position in the log, from 0.</summary>
    public required long Sequence { get; init; }

    public required DeviceOperation Operation { get; init; }

    /// <summary>First byte on the device.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Durable on completion.</summary>
    public required bool Fua { get; init; }

    /// <summary>The bytes of a write; null for other requests.</summary>
    public required byte[]? Data { get; init; }

    /// <summary>Number of the event in which it was submitted.</summary>
    public required int SubmitEvent { get; init; }

    /// <summary>Number of the event in which it completed; int.MaxValue while it is in flight.</summary>
    public int CompleteEvent { get; internal set; } = int.MaxValue;

    /// <summary>How it completed.</summary>
    public IoError Error { get; internal set; }

    /// <summary>True when it succeeded within the first <paramref name="eventCount"/> events.</summary>
    public bool SucceededWithin(int eventCount) => CompleteEvent < eventCount && Error.IsNone;
}
