namespace Engine.Testing.Devices;

/// <summary>A crash state was found that its visitor does not accept; the message names the smallest set of units that shows it.
/// </summary>
public sealed class CrashStateException : Exception
{
    public CrashStateException()
    {
    }

    public CrashStateException(string message)
        : base(message)
    {
    }

    public CrashStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
