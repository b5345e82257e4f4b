// An ordered list of block slices that reads and writes as one run of bytes.
//
// Ownership: each segment holds one reference to its block; Dispose drops them all and gives the list object back to a shared
// object pool, so a list is used by its renter only and never after Dispose. A list is not thread-safe; lists that share blocks
// may be used by different threads, as long as nobody writes bytes that another reads.
// Invariants: Length is the sum of the segments' lengths; no segment is empty; every segment lies inside its block; a block
// belongs to Pool, or to the one of a few further pools that its segment names (a list of metadata pages has blocks of
// several sizes).

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

    /// <summary>Most pools beside the list's own.</summary>
    private const int PoolsMax = 7;

    private static readonly ObjectPool<BufferList> s_lists = new DefaultObjectPool<BufferList>(new ListPolicy(), ListsKept);

    private BufferPool? _pool;

    /// <summary>Pools of segments beside <see cref="_pool"/>, by their number in the segment less 1; null while there was
    /// none.</summary>
    private BufferPool[]? _others;
    private int _otherCount;
    private Segment[] _segments = new Segment[SegmentsInitially];
    private int _count;

    /// <summary>Derived: the sum of the segments' lengths.</summary>
    private long _length;

    private BufferList()
    {
    }

    /// <summary>The pool that the list takes blocks from, and that all of its blocks belong to but those appended with a pool of
    /// their own.</summary>
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
        if (_otherCount > 0)
            ForgetOthers();
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

    /// <summary>Appends a slice of a block of another pool and takes a reference of its own; of a few pools at most. Such a list
    /// is read and written like any other, but <see cref="this[int]"/> does not tell whose block a segment's is.</summary>
    public void Append(BufferPool pool, BufferHandle handle, int offset, int length)
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.OffsetOf(handle);
        Invariant.That(offset >= 0 && length >= 0 && offset <= pool.BlockBytes - length);
        if (length == 0)
            return;
        pool.Retain(handle);
        Push(handle, offset, length);
        _segments[_count - 1].PoolNumber = NumberOf(pool);
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
        Invariant.That(ReferenceEquals(Pool, other.Pool) && other._otherCount == 0);
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
            BufferPool pool = PoolOf(in segment);
            pool.Retain(segment.Handle);
            slice.Push(segment.Handle, segment.Offset + at.Skip, part);
            if (segment.PoolNumber != 0)
                slice._segments[slice._count - 1].PoolNumber = slice.NumberOf(pool);
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
            PoolOf(in last).Release(last.Handle);
        }
    }

    /// <summary>Drops all references; the list stays rented, and is empty.</summary>
    public void Clear()
    {
        Invariant.That(_pool is not null);
        int count = _count;
        _count = 0;
        _length = 0;
        for (int i = 0; i < count; i++)
            PoolOf(in _segments[i]).Release(_segments[i].Handle);
    }

    /// <summary>Marks every block as owned by the kernel, once per segment; see <see cref="BufferPool.MarkInFlight"/>.</summary>
    public void MarkInFlight()
    {
        for (int i = 0; i < _count; i++)
            PoolOf(in _segments[i]).MarkInFlight(_segments[i].Handle);
    }

    /// <summary>Takes the marks of <see cref="MarkInFlight"/> back; the list must hold the same segments as then.</summary>
    public void ClearInFlight()
    {
        for (int i = 0; i < _count; i++)
            PoolOf(in _segments[i]).ClearInFlight(_segments[i].Handle);
    }

    /// <summary>Walks the list and fails on any broken invariant of this file.</summary>
    public void Verify()
    {
        long length = 0;
        for (int i = 0; i < _count; i++)
        {
            ref Segment segment = ref _segments[i];
            BufferPool pool = PoolOf(in segment);
            Invariant.That(segment.Length > 0 && segment.Offset >= 0 && segment.Offset <= pool.BlockBytes - segment.Length);
            Invariant.That(pool.ReferenceCount(segment.Handle) > 0);
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

    /// <summary>The pool that a segment's block belongs to.</summary>
    private BufferPool PoolOf(in Segment segment) => segment.PoolNumber == 0 ? Pool : _others![segment.PoolNumber - 1];

    private byte NumberOf(BufferPool pool)
    {
        if (ReferenceEquals(pool, Pool))
            return 0;
        int at = Array.IndexOf(_others ??= new BufferPool[PoolsMax], pool, 0, _otherCount);
        if (at < 0)
        {
            Invariant.That(_otherCount < PoolsMax, "a buffer list over too many pools");
            at = _otherCount++;
            _others[at] = pool;
        }

        return (byte)(at + 1);
    }

    private void ForgetOthers()
    {
        Array.Clear(_others!);
        _otherCount = 0;
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

        /// <summary>0: the list's own pool; else 1 + the index in <see cref="_others"/>.</summary>
        public byte PoolNumber;

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
