using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>One operation under way: a slot of an <see cref="OperationSlab"/>.</summary>
internal struct StoreOperation
{
    public Submission Submission;

    /// <summary>The caller's list of a transfer, marked in flight; null for everything else.</summary>
    public BufferList? Buffers;

    public DeviceOperation Kind;

    public bool Fua;

    /// <summary><see cref="DeviceFlushes.Failures"/> when the operation began.</summary>
    public int FailuresBefore;

    /// <summary>Flushes that the device had done when a FUA write of its own began.</summary>
    public int FlushesBefore;

    /// <summary>Zeros are written from the store's own block, since the device has no write-zeroes.</summary>
    public bool WritesZeroBlocks;

    /// <summary>First byte on the device.</summary>
    public long Offset;

    /// <summary>Bytes in all.</summary>
    public long Length;

    /// <summary>Bytes that are done; the current request covers what follows.</summary>
    public long Done;

    /// <summary>Bytes of the current request.</summary>
    public long StepLength;

    /// <summary>Vectors of the slot that are done.</summary>
    public int FirstVector;

    /// <summary>Vectors of the current request, from <see cref="FirstVector"/> on.</summary>
    public int VectorCount;

    /// <summary>Counts the slot's uses: a completion that comes twice, or late, is caught.</summary>
    public uint Generation;

    public bool IsBusy;
}
