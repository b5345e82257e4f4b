using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>An I/O error of a volume: what failed, where, and the errno.</summary>
public sealed class VolumeException : IOException
{
    /// <summary>Creates the exception for an unspecified I/O error.</summary>
    public VolumeException()
        : this("volume I/O failed", IoError.Io)
    {
    }

    /// <summary>Creates the exception for an unspecified I/O error.</summary>
    public VolumeException(string message)
        : this(message, IoError.Io)
    {
    }

    /// <summary>Creates the exception for an unspecified I/O error with the exception that showed it.</summary>
    public VolumeException(string message, Exception innerException)
        : base(message, innerException)
    {
        Error = IoError.Io;
    }

    /// <summary>Creates the exception for <paramref name="error"/>; the errno is named at the end of the message.</summary>
    public VolumeException(string message, IoError error)
        : base($"{message}: {error.Name}")
    {
        Error = error;
    }

    /// <summary>The errno behind the failure.</summary>
    public IoError Error { get; }
}
