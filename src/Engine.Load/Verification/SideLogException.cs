namespace Engine.Load;

/// <summary>A side log cannot be used: missing, foreign, or not a side log. The message is one line.</summary>
public sealed class SideLogException : IOException
{
    /// <summary>Creates the exception without a description.</summary>
    public SideLogException()
    {
    }

    /// <summary>Creates the exception with its one-line message.</summary>
    public SideLogException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its one-line message and its cause.</summary>
    public SideLogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
