// A cache as the original is built, small: one lock for all, an ordered map of pieces for each object, a least-recently-used
// list for clean pieces and one for dirty ones, neighbours of one state merged, each write in a buffer of its own, lists of
// slices that are walked. It exists to be measured beside: what it lacks (callbacks, snapshots, errors, waiting) would make it
// slower.
//
// The store keeps nothing, as that of the others does, and answers as the original's does: behind the request, by a lock of its
// own for each answer, which looks up what it is about.

namespace Engine.Bench.Data;

/// <summary>The original's design, to compare with.</summary>
/// <param name="bytesMax">Clean bytes that stay.</param>
internal sealed class SeedCache(long bytesMax) : IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<long, SeedObject> _objects = [];
    private readonly LinkedList<SeedPiece> _clean = [];
    private readonly LinkedList<SeedPiece> _dirty = [];
    private readonly Queue<SeedRequest> _asked = [];
    private long _cleanBytes;
    private ulong _tid;

    /// <summary>Pieces written to the store.</summary>
    public long Writes { get; private set; }

    /// <summary>Reads; what is missing is asked of the store, and then the read begins again.</summary>
    /// <returns>Was all of it there at first?</returns>
    public bool Read(long number, long offset, Span<byte> destination)
    {
        bool isHit = true;
        while (!TryRead(number, offset, destination))
        {
            isHit = false;
            while (_asked.TryDequeue(out SeedRequest? request))
            {
                lock (_lock)
                    EndRead(request);
            }
        }

        return isHit;
    }

    /// <summary>Writes into the cache.</summary>
    public void Write(long number, long offset, ReadOnlySpan<byte> source)
    {
        lock (_lock)
        {
            SeedObject of = ObjectOf(number);
            SeedPiece piece = MapWrite(of, offset, source.Length);
            piece.Clear();
            var buffer = new SeedBuffer(source.Length);
            source.CopyTo(buffer.Span(0, source.Length));
            piece.Bytes.Add(new SeedSlice(buffer, 0, source.Length));
            SetState(piece, SeedState.Dirty);
            TryMerge(of, of.Find(offset));
        }
    }

    /// <summary>Writes all that is dirty to the store.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            while (_dirty.First is { } oldest)
            {
                SeedPiece piece = oldest.Value;
                SetState(piece, SeedState.Writing);
                Ask(piece);
                Writes++;
            }
        }

        while (_asked.TryDequeue(out SeedRequest? request))
        {
            lock (_lock)
                EndWrite(request);
        }
    }

    public void Dispose()
    {
        foreach (SeedObject of in _objects.Values)
        {
            for (int i = 0; i < of.Count; i++)
                of[i].Clear();
        }
    }

    private SeedObject ObjectOf(long number)
    {
        if (!_objects.TryGetValue(number, out SeedObject? of))
            _objects.Add(number, of = new SeedObject(number));
        return of;
    }

    private bool TryRead(long number, long offset, Span<byte> destination)
    {
        lock (_lock)
        {
            SeedObject of = ObjectOf(number);
            bool isHit = true;
            long end = offset + destination.Length;
            int index = of.Find(offset);
            for (long at = offset; at < end; at = of[index++].End)
            {
                SeedPiece? piece = index < of.Count ? of[index] : null;
                if (piece is null || piece.Start > at)
                {
                    piece = Add(of, index, at, Math.Min(piece?.Start ?? long.MaxValue, end) - at, SeedState.Reading);
                    Ask(piece);
                }

                isHit &= piece.State != SeedState.Reading;
                Touch(piece);
            }

            for (index = of.Find(offset); isHit && offset < end; index++)
            {
                SeedPiece piece = of[index];
                int part = (int)(Math.Min(piece.End, end) - offset);
                piece.CopyTo(offset, destination[..part]);
                destination = destination[part..];
                offset += part;
            }

            return isHit;
        }
    }

    private void Ask(SeedPiece piece)
    {
        piece.Tid = ++_tid;
        _asked.Enqueue(new SeedRequest(piece.Owner.Number, piece.Start, piece.Length, piece.Tid));
    }

    private void EndRead(SeedRequest request)
    {
        SeedObject of = _objects[request.Number];
        for (int i = of.Find(request.Start); i < of.Count && of[i].Start < request.Start + request.Length; i++)
        {
            SeedPiece piece = of[i];
            if (piece.State != SeedState.Reading || piece.Tid != request.Tid)
                continue;
            piece.Bytes.Add(new SeedSlice(new SeedBuffer((int)piece.Length), 0, (int)piece.Length));
            SetState(piece, SeedState.Clean);
            TryMerge(of, i);
        }

        Trim();
    }

    private void EndWrite(SeedRequest request)
    {
        SeedObject of = _objects[request.Number];
        for (int i = of.Find(request.Start); i < of.Count && of[i].Start < request.Start + request.Length; i++)
        {
            SeedPiece piece = of[i];
            if (piece.State != SeedState.Writing || piece.Tid != request.Tid)
                continue;
            SetState(piece, SeedState.Clean);
            TryMerge(of, i);
        }

        Trim();
    }

    private SeedPiece Add(SeedObject of, int index, long start, long length, SeedState state)
    {
        var piece = new SeedPiece(of, start, length) { State = state };
        of.Insert(index, piece);
        Link(piece);
        return piece;
    }

    /// <summary>One piece for what is written: those in the way are cut and become part of it.</summary>
    private SeedPiece MapWrite(SeedObject of, long offset, long length)
    {
        int index = of.Find(offset);
        if (index < of.Count && of[index].Start < offset)
            Split(of, index++, offset);
        SeedPiece? first = null;
        while (index < of.Count && of[index].Start < offset + length)
        {
            if (of[index].End > offset + length)
                Split(of, index, offset + length);
            if (first is null && of[index].Start == offset)
            {
                first = of[index++];
                continue;
            }

            Remove(of, index);
        }

        if (first is null)
            return Add(of, of.Find(offset), offset, length, SeedState.Clean);
        Grow(first, offset + length - first.End);
        return first;
    }

    private void Grow(SeedPiece piece, long more)
    {
        _cleanBytes += piece.State == SeedState.Clean ? more : 0;
        piece.Length += more;
    }

    private void Split(SeedObject of, int index, long at)
    {
        SeedPiece left = of[index];
        SeedPiece right = Add(of, index + 1, at, left.End - at, left.State);
        Grow(left, at - left.End);
        long keep = left.Length;
        int slice = 0;
        for (; keep >= left.Bytes[slice].Length; slice++)
        {
            keep -= left.Bytes[slice].Length;
            if (keep == 0)
            {
                slice++;
                break;
            }
        }

        if (keep > 0)
        {
            SeedSlice cut = left.Bytes[slice];
            right.Bytes.Add(cut.Part((int)keep, (int)(cut.Length - keep)));
            left.Bytes[slice++] = cut with { Length = (int)keep };
        }

        right.Bytes.AddRange(left.Bytes[slice..]);
        left.Bytes.RemoveRange(slice, left.Bytes.Count - slice);
    }

    /// <summary>Merges a piece with its neighbours of the same state.</summary>
    private void TryMerge(SeedObject of, int index)
    {
        if (index > 0 && CanMerge(of[index - 1], of[index]))
            MergeLeft(of, --index);
        if (index + 1 < of.Count && CanMerge(of[index], of[index + 1]))
            MergeLeft(of, index);
    }

    private static bool CanMerge(SeedPiece left, SeedPiece right) =>
        left.End == right.Start && left.State == right.State && left.State is (SeedState.Clean or SeedState.Dirty);

    private void MergeLeft(SeedObject of, int index)
    {
        (SeedPiece left, SeedPiece right) = (of[index], of[index + 1]);
        left.Bytes.AddRange(right.Bytes);
        right.Bytes.Clear();
        long length = right.Length;
        Remove(of, index + 1);
        Grow(left, length);
    }

    private void Remove(SeedObject of, int index)
    {
        SeedPiece piece = of[index];
        Unlink(piece);
        piece.Clear();
        of.RemoveAt(index);
    }

    private void Trim()
    {
        while (_cleanBytes > bytesMax && _clean.First is { } oldest)
            Remove(oldest.Value.Owner, oldest.Value.Owner.Find(oldest.Value.Start));
    }

    private void SetState(SeedPiece piece, SeedState state)
    {
        Unlink(piece);
        piece.State = state;
        Link(piece);
    }

    private static void Touch(SeedPiece piece)
    {
        if (piece.Place is not { } place)
            return;
        LinkedList<SeedPiece> list = place.List!;
        list.Remove(place);
        list.AddLast(place);
    }

    private void Link(SeedPiece piece)
    {
        if (piece.State is SeedState.Clean or SeedState.Dirty)
            piece.Place = (piece.State == SeedState.Clean ? _clean : _dirty).AddLast(piece);
        _cleanBytes += piece.State == SeedState.Clean ? piece.Length : 0;
    }

    private void Unlink(SeedPiece piece)
    {
        _cleanBytes -= piece.State == SeedState.Clean ? piece.Length : 0;
        piece.Place?.List!.Remove(piece.Place);
        piece.Place = null;
    }
}
