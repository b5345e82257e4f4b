// The bytes of a list: copied in and out (every such byte is counted), described to the kernel as vectors, and summed.
//
// A segment's checksum is kept beside the content version of its block at that time. Whoever changes bytes moves the version on
// (CopyFrom here, ClearInFlight and NoteWritten in the pool), so a checksum never outlives the bytes, whichever list they were
// changed through. Bytes behind a segment are written only where the list holds the block's one reference.

namespace Engine.Buffers;

/// <content>Moving bytes in and out, describing memory to the kernel, and checksums.</content>
public sealed unsafe partial class BufferList
{
    /// <summary>Number of vectors that <see cref="CopyVectors"/> writes: segments that adjoin in memory count once.</summary>
    public int VectorCount
    {
        get
        {
            int vectors = 0;
            byte* end = null;
            for (int i = 0; i < _count; i++)
            {
                byte* start = SegmentAddress(i);
                if (start != end || i == 0)
                    vectors++;
                end = start + _segments[i].Length;
            }

            return vectors;
        }
    }

    /// <summary>Enumerates the segments' bytes in order; see <see cref="Enumerator"/>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>
    /// Appends a copy of <paramref name="bytes"/>: into the room behind the last segment where this list alone holds that block,
    /// then into newly rented blocks. Counted as copied payload.
    /// </summary>
    /// <returns>False when the pool is exhausted; the list is then unchanged.</returns>
    public bool TryAppendCopy(ReadOnlySpan<byte> bytes)
    {
        BufferPool pool = Pool;
        long lengthBefore = _length;
        int copied = bytes.Length;
        int room = Math.Min(TailRoom(), bytes.Length);
        if (room > 0)
        {
            bytes[..room].CopyTo(TailSpan());
            ExtendTail(room);
            bytes = bytes[room..];
        }

        while (!bytes.IsEmpty)
        {
            if (!pool.TryRent(out BufferHandle handle))
            {
                Truncate(lengthBefore);
                return false;
            }

            int part = Math.Min(bytes.Length, pool.BlockBytes);
            bytes[..part].CopyTo(pool.Span(handle));
            Push(handle, 0, part);
            bytes = bytes[part..];
        }

        pool.Copies.Add(copied);
        return true;
    }

    /// <summary>Copies bytes from <paramref name="offset"/> on into <paramref name="destination"/>, filling it.</summary>
    public void CopyTo(long offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length);
        Pool.Copies.Add(destination.Length);
        BufferListPosition at = Find(offset);
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> source = SegmentSpan(at.Index)[at.Skip..];
            if (source.Length > destination.Length)
                source = source[..destination.Length];
            source.CopyTo(destination);
            destination = destination[source.Length..];
            at = new BufferListPosition(at.Index + 1, 0);
        }
    }

    /// <summary>
    /// Overwrites bytes from <paramref name="offset"/> on with <paramref name="source"/>, in every list that shares the blocks.
    /// Writing into the zero block is an invariant failure.
    /// </summary>
    public void CopyFrom(long offset, ReadOnlySpan<byte> source)
    {
        CheckRange(offset, source.Length);
        Pool.Copies.Add(source.Length);
        BufferListPosition at = Find(offset);
        while (!source.IsEmpty)
        {
            BufferHandle handle = _segments[at.Index].Handle;
            BufferPool pool = PoolOf(in _segments[at.Index]);
            if (handle == pool.ZeroBlock)
                Invariant.Fail("the shared zero block must not be written");
            Span<byte> target = SegmentSpan(at.Index)[at.Skip..];
            int part = Math.Min(target.Length, source.Length);
            source[..part].CopyTo(target);
            pool.NoteWritten(handle);
            source = source[part..];
            at = new BufferListPosition(at.Index + 1, 0);
        }
    }

    /// <summary>Describes the bytes as memory ranges for a gather or scatter transfer, adjoining ranges merged.</summary>
    /// <returns>The number of vectors written, or -1 when <paramref name="vectors"/> is too short.</returns>
    public int CopyVectors(Span<IoVector> vectors)
    {
        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            nint start = (nint)SegmentAddress(i);
            nuint length = (nuint)_segments[i].Length;
            if (count > 0 && vectors[count - 1].Address + (nint)vectors[count - 1].Length == start)
            {
                vectors[count - 1] = new IoVector(vectors[count - 1].Address, vectors[count - 1].Length + length);
                continue;
            }

            if (count == vectors.Length)
                return -1;
            vectors[count++] = new IoVector(start, length);
        }

        return count;
    }

    /// <summary>CRC32C of all bytes. Each segment's checksum is kept until its block is written; see
    /// <see cref="BufferPool.NoteWritten"/>.</summary>
    public uint Crc32C()
    {
        Invariant.That(_pool is not null);
        uint crc = 0;
        for (int i = 0; i < _count; i++)
        {
            ref Segment segment = ref _segments[i];
            uint version = PoolOf(in segment).ContentVersion(segment.Handle);
            if (!segment.HasChecksum || segment.ChecksumVersion != version)
            {
                segment.Checksum = Buffers.Crc32C.Append(0, SegmentSpan(i));
                segment.ChecksumVersion = version;
                segment.HasChecksum = true;
            }

            crc = Buffers.Crc32C.Combine(crc, segment.Checksum, segment.Length);
        }

        return crc;
    }

    /// <summary>Says that bytes of every segment were changed through spans or vectors; see <see cref="BufferPool.NoteWritten"/>.
    /// </summary>
    public void NoteWritten()
    {
        for (int i = 0; i < _count; i++)
            PoolOf(in _segments[i]).NoteWritten(_segments[i].Handle);
    }

    /// <summary>Segment <paramref name="index"/>'s bytes; valid until the list lets the segment go.</summary>
    public Span<byte> SegmentSpan(int index)
    {
        byte* start = SegmentAddress(index);
        return new Span<byte>(start, _segments[index].Length);
    }

    private byte* SegmentAddress(int index)
    {
        Invariant.That((uint)index < (uint)_count);
        ref Segment segment = ref _segments[index];
        return PoolOf(in segment).Address(segment.Handle) + segment.Offset;
    }

    /// <summary>Bytes behind the last segment that nobody else can see: its block has one reference, ours, and is not in
    /// flight.</summary>
    private int TailRoom()
    {
        if (_count == 0)
            return 0;
        ref Segment last = ref _segments[_count - 1];
        if (last.PoolNumber != 0 || last.Handle == Pool.ZeroBlock)
            return 0;
        if (Pool.ReferenceCount(last.Handle) != 1 || Pool.IsInFlight(last.Handle))
            return 0;
        return Pool.BlockBytes - last.Offset - last.Length;
    }

    private Span<byte> TailSpan()
    {
        ref Segment last = ref _segments[_count - 1];
        return Pool.Span(last.Handle)[(last.Offset + last.Length)..];
    }

    private void ExtendTail(int length)
    {
        ref Segment last = ref _segments[_count - 1];
        last.Length += length;
        last.HasChecksum = false;
        _length += length;
    }

    /// <summary>
    /// Walks the segments as spans. Whoever writes through one tells the pool by <see cref="BufferPool.NoteWritten"/>; the list
    /// must not change while it is enumerated.
    /// </summary>
    public ref struct Enumerator
    {
        private readonly BufferList _list;
        private int _index;

        internal Enumerator(BufferList list)
        {
            _list = list;
            _index = -1;
        }

        /// <summary>The current segment's bytes.</summary>
        public readonly Span<byte> Current => _list.SegmentSpan(_index);

        /// <summary>Steps to the next segment.</summary>
        public bool MoveNext() => ++_index < _list._count;
    }
}
