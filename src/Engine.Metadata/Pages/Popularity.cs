using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>Values of the five load counters at the time they were written: read, write, readdir, fetch, store.</summary>
[InlineArray(Count)]
public struct Popularity
{
    /// <summary>Number of counters.</summary>
    public const int Count = 5;

    private float _first;
}
