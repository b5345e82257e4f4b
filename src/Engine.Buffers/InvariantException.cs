namespace Engine.Buffers;

/// <summary>A bug in Engine or in its caller was caught by <see cref="Invariant"/>; never thrown for operating errors.</summary>
public sealed class InvariantException : Exception
{
    /// <summary>Creates the exception without a description.</summary>
    public InvariantException()
    {
    }

    /// <summary>Creates the exception for the broken condition <paramref name="what"/>.</summary>
    public InvariantException(string what)
        : base("invariant broken: " + what)
    {
    }

    /// <summary>Creates the exception for the broken condition with the exception that showed it.</summary>
    public InvariantException(string what, Exception inner)
        : base("invariant broken: " + what, inner)
    {
    }
}
