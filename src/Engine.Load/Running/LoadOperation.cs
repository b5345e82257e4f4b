namespace Engine.Load;

/// <summary>What a request of a load does.</summary>
internal enum LoadOperation : byte
{
    /// <summary>Reads the range.</summary>
    Read,

    /// <summary>Writes the range.</summary>
    Write,

    /// <summary>Flushes the volume; the range is unused.</summary>
    Flush,

    /// <summary>Discards the range.</summary>
    Discard,

    /// <summary>Zeroes the range.</summary>
    WriteZeroes,
}
