// An ordered list of block slices that reads and writes as one run of bytes.
//
// Ownership: each segment holds one reference to its block; Dispose drops them all and gives the list object back to a shared
// object pool, so a list is used by its renter only and never after Dispose. A list is not thread-safe; lists that share blocks
// may be used by different threads, as long as nobody writes bytes that another reads.
// Invariants: Length is the sum of the segments' lengths; no segment is empty; every segment lies inside its block; all blocks
// belong to Pool.

using Microsoft.Extensions.ObjectPool;

namespace Engine.Buffers;

/// <summary>
/// An ordered list of slices of blocks that reads and writes as one run of bytes. Slicing and appending share blocks by counted
/// reference; nothing is copied unless the member's name says so.
/// </summary>
public sealed partial class BufferList : IDisposable
{
    /// <summary>Lists kept for reuse; more than this many at once are left to the garbage collector.</summary>
    private const int ListsKept = 4096;

    /// <summary>A segment array longer than this is not kept by an idle list.</summary>
    private const int SegmentsKept = 2048;

    private const int SegmentsInitially = 8;

    private static readonly ObjectPool<BufferList> s_lists = new DefaultObjectPool<BufferList>(new ListPolicy(), ListsKept);

    private BufferPool? _pool;
    private Segment[] _segments = new Segment[SegmentsInitially];
    private int _count;

    /// <summary>Derived: the sum of the segments' lengths.</summary>
    private long _length;

    private BufferList()
    {
    }

    /// <summary>The pool that all blocks of the list belong to.</summary>
    public BufferPool Pool
    {
        get
        {
            if (_pool is null)
                Invariant.Fail("a buffer list was used after it was disposed");
            return _pool;
        }
    }

    /// <summary>Number of segments.</summary>
    public int SegmentCount => _count;

    /// <summary>Bytes in all segments.</summary>
    public long Length => _length;

    /// <summary>Segment <paramref name="index"/> in order.</summary>
    public BufferSegment this[int index]
    {
        get
        {
            Invariant.That((uint)index < (uint)_count);
            ref Segment segment = ref _segments[index];
            return new BufferSegment(segment.Handle, segment.Offset, segment.Length);
        }
    }

    /// <summary>An empty list over <paramref name="pool"/>; dispose it to give it back.</summary>
    public static BufferList Rent(BufferPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        BufferList list = s_lists.Get();
        Invariant.That(list._pool is null && list._count == 0 && list._length == 0);
        list._pool = pool;
        return list;
    }

    /// <summary>Drops all references and gives the list back. A second call is an invariant failure.</summary>
    public void Dispose()
    {
        Clear();
        ReleaseWriter();
        _pool = null;
        if (_segments.Length > SegmentsKept)
            _segments = new Segment[SegmentsInitially];
        s_lists.Return(this);
    }

    /// <summary>Appends a slice of a block and takes a reference of its own; an empty slice appends nothing.</summary>
    public void Append(BufferHandle handle, int offset, int length)
    {
        CheckSlice(handle, offset, length);
        if (length == 0)
            return;
        Pool.Retain(handle);
        Push(handle, offset, length);
    }

    /// <summary>Appends a slice of a block and takes over the caller's reference; an empty slice just drops that
    /// reference.</summary>
    public void AppendOwned(BufferHandle handle, int offset, int length)
    {
        CheckSlice(handle, offset, length);
        if (length == 0)
            Pool.Release(handle);
        else
            Push(handle, offset, length);
    }

    /// <summary>Appends <paramref name="length"/> zero bytes that use no memory of their own: slices of the pool's zero
    /// block.</summary>
    public void AppendZeroes(long length)
    {
        Invariant.That(length >= 0);
        BufferPool pool = Pool;
        while (length > 0)
        {
            int part = (int)Math.Min(length, pool.BlockBytes);
            Push(pool.ZeroBlock, 0, part);
            length -= part;
        }
    }

    /// <summary>Moves all segments of <paramref name="other"/> to the end of this list; the other list stays rented, and
    /// empty.</summary>
    public void Claim(BufferList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Invariant.That(!ReferenceEquals(this, other));
        Invariant.That(ReferenceEquals(Pool, other.Pool));
        EnsureRoom(other._count);
        Array.Copy(other._segments, 0, _segments, _count, other._count);
        _count += other._count;
        _length += other._length;
        other._count = 0;
        other._length = 0;
    }

    /// <summary>A new list over <paramref name="length"/> bytes from <paramref name="offset"/>, sharing this list's
    /// blocks.</summary>
    public BufferList Slice(long offset, long length)
    {
        CheckRange(offset, length);
        BufferListPosition at = Find(offset);
        return Slice(ref at, length);
    }

    /// <summary>The same from a position on, which moves behind the slice: slices that follow one another seek nothing. The list
    /// must have that many bytes left.</summary>
    public BufferList Slice(ref BufferListPosition at, long length)
    {
        BufferList slice = Rent(Pool);
        while (length > 0)
        {
            Invariant.That((uint)at.Index < (uint)_count);
            ref Segment segment = ref _segments[at.Index];
            int part = (int)Math.Min(length, segment.Length - at.Skip);
            Pool.Retain(segment.Handle);
            slice.Push(segment.Handle, segment.Offset + at.Skip, part);
            if (part == segment.Length)
                slice._segments[slice._count - 1].CopyChecksum(in segment);
            length -= part;
            bool isWhole = at.Skip + part == segment.Length;
            at = isWhole ? new BufferListPosition(at.Index + 1, 0) : new BufferListPosition(at.Index, at.Skip + part);
        }

        return slice;
    }

    /// <summary>Shortens the list to its first <paramref name="length"/> bytes, dropping references that are no longer
    /// needed.</summary>
    public void Truncate(long length)
    {
        Invariant.That(length >= 0 && length <= _length);
        while (_length > length)
        {
            ref Segment last = ref _segments[_count - 1];
            long surplus = _length - length;
            if (surplus < last.Length)
            {
                last.Length -= (int)surplus;
                last.HasChecksum = false;
                _length = length;
                return;
            }

            _length -= last.Length;
            _count--;
            Pool.Release(last.Handle);
        }
    }

    /// <summary>Drops all references; the list stays rented, and is empty.</summary>
    public void Clear()
    {
        BufferPool pool = Pool;
        int count = _count;
        _count = 0;
        _length = 0;
        for (int i = 0; i < count; i++)
            pool.Release(_segments[i].Handle);
    }

    /// <summary>Marks every block as owned by the kernel, once per segment; see <see cref="BufferPool.MarkInFlight"/>.</summary>
    public void MarkInFlight()
    {
        BufferPool pool = Pool;
        for (int i = 0; i < _count; i++)
            pool.MarkInFlight(_segments[i].Handle);
    }

    /// <summary>Takes the marks of <see cref="MarkInFlight"/> back; the list must hold the same segments as then.</summary>
    public void ClearInFlight()
    {
        BufferPool pool = Pool;
        for (int i = 0; i < _count; i++)
            pool.ClearInFlight(_segments[i].Handle);
    }

    /// <summary>Walks the list and fails on any broken invariant of this file.</summary>
    public void Verify()
    {
        long length = 0;
        for (int i = 0; i < _count; i++)
        {
            ref Segment segment = ref _segments[i];
            CheckSlice(segment.Handle, segment.Offset, segment.Length);
            Invariant.That(segment.Length > 0);
            Invariant.That(Pool.ReferenceCount(segment.Handle) > 0);
            length += segment.Length;
        }

        Invariant.That(length == _length);
    }

    private void Push(BufferHandle handle, int offset, int length)
    {
        EnsureRoom(1);
        _segments[_count++] = new Segment { Handle = handle, Offset = offset, Length = length };
        _length += length;
    }

    private void EnsureRoom(int more)
    {
        int needed = checked(_count + more);
        if (needed > _segments.Length)
            Array.Resize(ref _segments, Math.Max(needed, _segments.Length * 2));
    }

    private void CheckSlice(BufferHandle handle, int offset, int length)
    {
        BufferPool pool = Pool;
        pool.OffsetOf(handle);
        Invariant.That(offset >= 0 && length >= 0 && offset <= pool.BlockBytes - length);
    }

    private void CheckRange(long offset, long length)
    {
        Invariant.That(_pool is not null);
        Invariant.That(offset >= 0 && length >= 0 && offset <= _length - length);
    }

    /// <summary>The segment that holds byte <paramref name="offset"/>, and how many of its bytes come before it.</summary>
    private BufferListPosition Find(long offset)
    {
        int index = 0;
        while (index < _count && offset >= _segments[index].Length)
            offset -= _segments[index++].Length;
        return new BufferListPosition(index, (int)offset);
    }

    /// <summary>A slice with its checksum, which holds while the block's content version is the one it was taken at.</summary>
    private struct Segment
    {
        public BufferHandle Handle;
        public int Offset;
        public int Length;
        public uint Checksum;
        public uint ChecksumVersion;
        public bool HasChecksum;

        public void CopyChecksum(in Segment other)
        {
            Checksum = other.Checksum;
            ChecksumVersion = other.ChecksumVersion;
            HasChecksum = other.HasChecksum;
        }
    }

    private sealed class ListPolicy : PooledObjectPolicy<BufferList>
    {
        public override BufferList Create() => new();

        public override bool Return(BufferList obj) => true;
    }
}
