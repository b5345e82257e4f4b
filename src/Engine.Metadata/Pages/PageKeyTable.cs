using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Finds what is there twice among the records of a chain: an open-addressed table, emptied and used again.</summary>
internal sealed unsafe class PageKeyTable : IDisposable
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
    private const int CapacityMin = 64;

    private readonly UnmanagedArray<Cell> _cells = new(CapacityMin);
    private Cell* _start;
    private int _shift;
    private uint _mask;

    /// <summary>Empties the table and makes it large enough for so many keys.</summary>
    public void Reset(int keys)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(CapacityMin, keys * 2));
        if (capacity > _cells.Length)
            _cells.Grow(capacity);
        _start = _cells.Pointer;
        _cells.Span[..capacity].Clear();
        _mask = (uint)capacity - 1;
        _shift = 64 - BitOperations.Log2((uint)capacity);
    }

    /// <summary>Adds a name of a snapshot range; false when it is there.</summary>
    public bool TryAddName(DentryFields* dentry)
    {
        // Names with equal hashes are rare; that their neighbours are probed does no harm.
        ulong key = dentry->Hash;
        for (uint at = Home(key); ; at = (at + 1) & _mask)
        {
            Cell* cell = _start + at;
            if (cell->Record == null)
            {
                *cell = new Cell { Key = key, Record = dentry };
                return true;
            }

            if (cell->Key == key && IsSameName((DentryFields*)cell->Record, dentry))
                return false;
        }
    }

    /// <summary>Adds an inode up to a last snapshot; false when it is there.</summary>
    public bool TryAddIno(EntryRecord* entry)
    {
        ulong key = entry->Inode.Ino.Value;
        for (uint at = Home(key); ; at = (at + 1) & _mask)
        {
            Cell* cell = _start + at;
            if (cell->Record == null)
            {
                *cell = new Cell { Key = key, Record = entry };
                return true;
            }

            if (cell->Key == key && ((EntryRecord*)cell->Record)->Dentry.Last == entry->Dentry.Last)
                return false;
        }
    }

    /// <summary>Adds a record by its address; false when it is there.</summary>
    public bool TryAddRecord(void* record)
    {
        for (uint at = Home((ulong)record); ; at = (at + 1) & _mask)
        {
            Cell* cell = _start + at;
            if (cell->Record == record)
                return false;
            if (cell->Record != null)
                continue;
            cell->Record = record;
            return true;
        }
    }

    /// <summary>Frees the table.</summary>
    public void Dispose() => _cells.Dispose();

    private static bool IsSameName(DentryFields* one, DentryFields* other) =>
        one->Last == other->Last && NameOf(one).SequenceEqual(NameOf(other));

    private static ReadOnlySpan<byte> NameOf(DentryFields* dentry) =>
        new((byte*)dentry + dentry->Header.FixedBytes, dentry->Header.NameBytes);

    private uint Home(ulong key) => (uint)((key * Multiplier) >> _shift);

    private struct Cell
    {
        public ulong Key;
        public void* Record;
    }
}
