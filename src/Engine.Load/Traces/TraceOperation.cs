namespace Engine.Load;

/// <summary>What a trace's record asks for, whatever the length of its SCSI command.</summary>
public enum TraceOperation : byte
{
    /// <summary>SCSI READ: 08, 28, a8, 88.</summary>
    Read,

    /// <summary>SCSI WRITE: 0a, 2a, aa, 8a.</summary>
    Write,

    /// <summary>SCSI SYNCHRONIZE CACHE: 35, 91.</summary>
    Flush,

    /// <summary>SCSI UNMAP: 42.</summary>
    Discard,

    /// <summary>SCSI WRITE SAME: 41, 93; replayed as zeros, since a trace holds no data.</summary>
    WriteZeroes,
}
