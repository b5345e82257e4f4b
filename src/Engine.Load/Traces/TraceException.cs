namespace Engine.Load;

/// <summary>A trace cannot be read: the message is <c>file:line: field: what is allowed</c>.</summary>
public sealed class TraceException : FormatException
{
    /// <summary>Creates the exception without a description.</summary>
    public TraceException()
    {
    }

    /// <summary>Creates the exception with its one-line message.</summary>
    public TraceException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its one-line message and its cause.</summary>
    public TraceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
