namespace Engine.Metadata;

/// <summary>How a kind of lock behaves.</summary>
internal enum LockClass
{
    /// <summary>Read by many, or changed by one at the authority.</summary>
    Simple,

    /// <summary>May also be changed by several ranks at a time, each its own share, which the authority gathers.</summary>
    Scatter,

    /// <summary>As <see cref="Scatter"/>, and clients share in it with data.</summary>
    File,
}
