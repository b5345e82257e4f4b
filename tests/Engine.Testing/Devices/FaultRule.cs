using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>One fault of a <see cref="FaultDevice"/>: which requests it matches and what becomes of them.</summary>
public sealed record FaultRule
{
    /// <summary>The operation to match; null matches every one.</summary>
    public DeviceOperation? Operation { get; init; }

    /// <summary>First byte of the range that a request must touch. A flush touches every range.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of that range.</summary>
    public long Length { get; init; } = long.MaxValue;

    /// <summary>The first match that takes effect, counted from 1.</summary>
    public int Nth { get; init; } = 1;

    /// <summary>How many matches from there on take effect.</summary>
    public int Times { get; init; } = 1;

    /// <summary>What happens.</summary>
    public FaultEffect Effect { get; init; }

    /// <summary>The error of <see cref="FaultEffect.Error"/>, and of <see cref="FaultEffect.Torn"/> when set.</summary>
    public IoError Error { get; init; }

    /// <summary>Bytes that are moved by <see cref="FaultEffect.Short"/> and <see cref="FaultEffect.Torn"/>: whole logical
    /// blocks.</summary>
    public long Bytes { get; init; }

    internal bool Touches(in DeviceRequest request)
    {
        if (Operation is { } operation && operation != request.Operation)
            return false;
        return request.Operation == DeviceOperation.Flush
            || (request.Offset - Offset < Length && request.Offset + request.Length > Offset);
    }
}
