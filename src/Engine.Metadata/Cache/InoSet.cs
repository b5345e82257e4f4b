using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Inode numbers, each once: an open-addressed table of 8-byte cells in unmanaged memory, at most half of them used.
/// </summary>
public sealed class InoSet : IDisposable
{
    private const int CapacityMin = 64;

    /// <summary>0 names no inode, and is an empty cell.</summary>
    private UnmanagedArray<ulong> _cells = new(CapacityMin);

    /// <summary>Numbers.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a number; false where it is there.</summary>
    public bool Add(Ino ino)
    {
        Invariant.That(!ino.IsNone);
        if (2 * (Count + 1) > _cells.Length)
            Grow();
        int at = Find(ino.Value);
        if (_cells[at] != 0)
            return false;
        _cells[at] = ino.Value;
        Count++;
        return true;
    }

    /// <summary>Is it there?</summary>
    public bool Contains(Ino ino) => !ino.IsNone && _cells[Find(ino.Value)] != 0;

    /// <summary>Does it hold for one of them?</summary>
    public bool Exists(Predicate<Ino> match)
    {
        ArgumentNullException.ThrowIfNull(match);
        bool isFound = false;
        for (int i = 0; i < _cells.Length && !isFound; i++)
            isFound = _cells[i] != 0 && match(new Ino(_cells[i]));
        return isFound;
    }

    /// <inheritdoc/>
    public void Dispose() => _cells.Dispose();

    /// <summary>The cell of the number, or the empty one where it belongs.</summary>
    private int Find(ulong ino)
    {
        int mask = _cells.Length - 1;
        int at = (int)((ino * 0x9E37_79B9_7F4A_7C15) >> (64 - BitOperations.Log2((uint)_cells.Length)));
        while (_cells[at] != 0 && _cells[at] != ino)
            at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        UnmanagedArray<ulong> old = _cells;
        _cells = new UnmanagedArray<ulong>(2 * old.Length);
        foreach (ulong ino in old.Span)
        {
            if (ino != 0)
                _cells[Find(ino)] = ino;
        }

        old.Dispose();
    }
}
