namespace Engine.Load;

/// <summary>A job file or a job option is wrong: the message says where, which key, and what is allowed.</summary>
public sealed class JobFileException : FormatException
{
    /// <summary>Creates the exception without a description.</summary>
    public JobFileException()
    {
    }

    /// <summary>Creates the exception with its one-line message.</summary>
    public JobFileException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its one-line message and its cause.</summary>
    public JobFileException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
