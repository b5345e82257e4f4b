using Engine.Buffers;

namespace Engine.Devices;

/// <summary>
/// One request to a block device. Offsets, lengths and buffer addresses obey the device's alignment. The vectors (their array,
/// and the memory they name) stay valid until completion; both are unmanaged.
/// </summary>
public readonly unsafe struct DeviceRequest
{
    /// <summary>What to do.</summary>
    public DeviceOperation Operation { get; init; }

    /// <summary>A write whose completion means durable.</summary>
    public bool Fua { get; init; }

    /// <summary>First byte on the device.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes; for reads and writes the sum of the vectors.</summary>
    public long Length { get; init; }

    /// <summary>The vectors of a read or write.</summary>
    public IoVector* Vectors { get; init; }

    /// <summary>How many vectors; at most <see cref="DeviceGeometry.VectorsMax"/>.</summary>
    public int VectorCount { get; init; }

    /// <summary>Handed to the sink; unused by <see cref="IBlockDevice.Execute"/>.</summary>
    public ulong Token { get; init; }

    /// <summary>Receives the completion; unused by <see cref="IBlockDevice.Execute"/>.</summary>
    public IDeviceSink? Sink { get; init; }
}
