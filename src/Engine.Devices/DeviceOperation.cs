namespace Engine.Devices;

/// <summary>What a <see cref="DeviceRequest"/> does; the values are those of the shim's <c>enum eio_op</c>.</summary>
public enum DeviceOperation
{
    /// <summary>Reads into the vectors.</summary>
    Read = 1,

    /// <summary>Writes from the vectors.</summary>
    Write = 2,

    /// <summary>Makes completed writes durable; no offset, no length.</summary>
    Flush = 3,

    /// <summary>The range's content is no longer needed.</summary>
    Discard = 4,

    /// <summary>The range reads as zeros afterwards.</summary>
    WriteZeroes = 5,
}
