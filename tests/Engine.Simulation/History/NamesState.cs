namespace Engine.Simulation;

/// <summary>What each of a few names is bound to. Immutable; compared by value.</summary>
public readonly struct NamesState : IEquatable<NamesState>
{
    private readonly ulong[] _bound;
    private readonly ulong _hash;

    /// <summary>So many names, none of them bound.</summary>
    public NamesState(int names)
        : this(new ulong[names], 0)
    {
    }

    private NamesState(ulong[] bound, ulong hash) => (_bound, _hash) = (bound, hash);

    /// <summary>The inode that a name is bound to; 0 for none.</summary>
    public ulong this[int name] => _bound[name];

    /// <summary>The same, but for one name.</summary>
    public NamesState With(int name, ulong ino)
    {
        if (_bound[name] == ino)
            return this;
        var bound = (ulong[])_bound.Clone();
        bound[name] = ino;
        return new NamesState(bound, _hash ^ Mark(name, _bound[name]) ^ Mark(name, ino));
    }

    /// <inheritdoc/>
    public bool Equals(NamesState other) => _hash == other._hash && _bound.AsSpan().SequenceEqual(other._bound);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NamesState other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_hash;

    public static bool operator ==(NamesState left, NamesState right) => left.Equals(right);

    public static bool operator !=(NamesState left, NamesState right) => !left.Equals(right);

    private static ulong Mark(int name, ulong ino) => ino == 0 ? 0 : TraceHash.Mix((ulong)name + 1, ino);
}
