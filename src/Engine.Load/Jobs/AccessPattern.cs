namespace Engine.Load;

/// <summary>What a job does: fio's <c>rw</c>.</summary>
public enum AccessPattern
{
    /// <summary>Sequential reads.</summary>
    Read,

    /// <summary>Sequential writes.</summary>
    Write,

    /// <summary>Random reads.</summary>
    RandRead,

    /// <summary>Random writes.</summary>
    RandWrite,

    /// <summary>Sequential reads and writes, mixed by <c>rwmixread</c>.</summary>
    ReadWrite,

    /// <summary>Random reads and writes, mixed by <c>rwmixread</c>.</summary>
    RandReadWrite,
}
