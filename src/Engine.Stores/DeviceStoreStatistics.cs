namespace Engine.Stores;

/// <summary>Counters of a <see cref="DeviceStore"/> since it was opened; a snapshot.</summary>
public sealed record DeviceStoreStatistics
{
    /// <summary>Read requests sent to the device.</summary>
    public long DeviceReads { get; init; }

    /// <summary>Write requests sent to the device.</summary>
    public long DeviceWrites { get; init; }

    /// <summary>Flush requests sent to the device.</summary>
    public long DeviceFlushes { get; init; }

    /// <summary>Discard and write-zeroes requests sent to the device.</summary>
    public long DeviceRanges { get; init; }

    /// <summary>Transfers that came back short and went on with their remainder.</summary>
    public long ShortTransfers { get; init; }

    /// <summary>Discards that the device could not do.</summary>
    public long DiscardsIgnored { get; init; }

    /// <summary>Write-zeroes that were written as blocks of zeros.</summary>
    public long ZeroFallbacks { get; init; }

    /// <summary>Operations refused with EAGAIN, since as many as allowed were under way.</summary>
    public long SlotsExhausted { get; init; }

    /// <summary>Operations that ended with an error of the device, their own or that of a flush beside them.</summary>
    public long Failures { get; init; }

    /// <summary>Operations under way.</summary>
    public int InFlight { get; init; }
}
