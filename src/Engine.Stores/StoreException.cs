using Engine.Buffers;

namespace Engine.Stores;

/// <summary>A store could not be formatted or opened. The message is one line: what failed, where, what to do.</summary>
public sealed class StoreException : IOException
{
    /// <summary>Creates the exception without a description.</summary>
    public StoreException()
    {
    }

    /// <summary>Creates the exception with a description and EIO.</summary>
    public StoreException(string message)
        : this(StoreProblem.DeviceFailed, IoError.Io, message)
    {
    }

    /// <summary>Creates the exception with a description, EIO and its cause.</summary>
    public StoreException(string message, Exception innerException)
        : base(message, innerException)
    {
        Problem = StoreProblem.DeviceFailed;
        Errno = IoError.Io.Errno;
    }

    /// <summary>Creates the exception for <paramref name="problem"/>.</summary>
    public StoreException(StoreProblem problem, IoError error, string message)
        : base(message)
    {
        Problem = problem;
        Errno = error.Errno;
    }

    /// <summary>What is wrong.</summary>
    public StoreProblem Problem { get; }

    /// <summary>The nearest errno, positive.</summary>
    public int Errno { get; }
}
