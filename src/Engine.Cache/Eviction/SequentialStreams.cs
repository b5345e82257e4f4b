using Engine.Objects;

namespace Engine.Cache;

/// <summary>
/// Recognises sequential streams among the requests that a cache does not serve as hits: each begins where the one before it
/// ended. Several streams may be under way at once, in any mixture; the one that was quiet longest is forgotten for a new one.
/// </summary>
internal sealed class SequentialStreams
{
    private const int StreamsMax = 16;

    private readonly Stream[] _streams = new Stream[StreamsMax];
    private long _turn;

    /// <summary>Takes a request; returns the bytes of the stream that it continues, its own included.</summary>
    public long Note(ObjectSet set, ExtentList extents)
    {
        (long space, long at) = StartOf(set, extents);
        int index = Find(set.Id, space, at);
        ref Stream stream = ref _streams[index];
        if (!stream.EndsAt(set.Id, space, at))
            stream = new Stream { Set = set.Id, Space = space };
        stream.End = at + extents.TotalLength;
        stream.Bytes += extents.TotalLength;
        stream.Turn = ++_turn;
        return stream.Bytes;
    }

    /// <summary>Where the request begins: in the file, where the set says how it lies in its objects, otherwise in the
    /// object.</summary>
    private static (long Space, long At) StartOf(ObjectSet set, ExtentList extents)
    {
        ObjectExtent first = extents.Extents[0];
        foreach (ref readonly ObjectExtent extent in extents.Extents)
        {
            if (extents.FragmentsOf(extent)[0].Offset < extents.FragmentsOf(first)[0].Offset)
                first = extent;
        }
        return set.Options.Layout is { } layout
            ? (-1, Striper.FileOffset(layout, first.ObjectNumber, first.Offset))
            : (first.ObjectNumber, first.Offset);
    }

    /// <summary>The stream that ends there, the longest where a request was repeated, or the one to forget for a new
    /// one.</summary>
    private int Find(int set, long space, long at)
    {
        int longest = -1;
        int oldest = 0;
        for (int i = 0; i < StreamsMax; i++)
        {
            if (_streams[i].EndsAt(set, space, at) && (longest < 0 || _streams[i].Bytes > _streams[longest].Bytes))
                longest = i;
            if (_streams[i].Turn < _streams[oldest].Turn)
                oldest = i;
        }
        return longest < 0 ? oldest : longest;
    }

    /// <summary>A stream: requests one after another in the file, or in one object of a set.</summary>
    private struct Stream
    {
        public int Set;
        public long Space;
        public long End;
        public long Bytes;
        public long Turn;

        public readonly bool EndsAt(int set, long space, long at) => Set == set && Space == space && End == at;
    }
}
