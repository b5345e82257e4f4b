namespace Engine.Buffers;

/// <summary>The outcome of one I/O: bytes moved, or an error. <see cref="Bytes"/> is 0 when <see cref="Error"/> is set.</summary>
public readonly record struct IoResult(IoError Error, long Bytes)
{
    /// <summary>A success that moved <paramref name="bytes"/> bytes.</summary>
    public static IoResult Ok(long bytes) => new(default, bytes);

    /// <summary>A failure.</summary>
    public static IoResult Fail(IoError error) => new(error, 0);

    /// <summary>Reads the shim's convention: a count, or a negative errno.</summary>
    public static IoResult FromNative(long result) => result < 0 ? Fail(IoError.FromResult(result)) : Ok(result);

    /// <summary>True when the operation failed.</summary>
    public bool Failed => Error.Failed;
}
