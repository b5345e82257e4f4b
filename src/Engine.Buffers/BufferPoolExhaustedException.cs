namespace Engine.Buffers;

/// <summary>A pool had no free block where an interface of the framework leaves no other way to say so.</summary>
public sealed class BufferPoolExhaustedException : IOException
{
    /// <summary>Creates the exception without sizes.</summary>
    public BufferPoolExhaustedException()
        : base("buffer pool: no free block")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    public BufferPoolExhaustedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    public BufferPoolExhaustedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for a pool of the given size.</summary>
    public BufferPoolExhaustedException(int blockCount, int blockBytes)
        : base($"buffer pool: all {blockCount} blocks of {blockBytes} bytes are rented; size the pool larger")
    {
    }
}
