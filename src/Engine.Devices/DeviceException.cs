using Engine.Buffers;

namespace Engine.Devices;

/// <summary>A device or file could not be opened or made. The message is one line: what failed, where, what to do.</summary>
public sealed class DeviceException : IOException
{
    /// <summary>Creates the exception without a description.</summary>
    public DeviceException()
    {
    }

    /// <summary>Creates the exception with a description and EIO.</summary>
    public DeviceException(string message)
        : base(message) => Errno = IoError.Io.Errno;

    /// <summary>Creates the exception with a description, EIO and its cause.</summary>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException) => Errno = IoError.Io.Errno;

    /// <summary>Creates the exception for <paramref name="error"/>.</summary>
    public DeviceException(IoError error, string message)
        : base(message) => Errno = error.Errno;

    /// <summary>The errno behind it, positive.</summary>
    public int Errno { get; }
}
