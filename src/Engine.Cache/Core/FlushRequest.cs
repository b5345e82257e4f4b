using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>A flush of some extents of a set, of one set, or of all.</summary>
internal sealed class FlushRequest : CacheRequest<FlushResult>
{
    public FlushRequest() => Settlement = new Settlement(this);

    public Settlement Settlement { get; }

    /// <summary>The set; null for all.</summary>
    public ObjectSet? Set { get; set; }

    /// <summary>What of the set; all of it when this is empty. An extent of length 0 reaches to the end of its object.</summary>
    public ExtentList Extents { get; } = new();

    /// <summary>The store itself must be flushed before the covered bytes are durable.</summary>
    public bool FlushesStore { get; set; }

    /// <summary>What it ends with: data of its sets was given up before it began, or is kept and not written.</summary>
    public IoError Report { get; set; }

    /// <summary>The flush is about some of the range.</summary>
    public bool IsAbout(ObjectSet set, long number, long from, long to)
    {
        if (Set is null || Set != set)
            return Set is null;
        foreach (ref readonly ObjectExtent extent in Extents.Extents)
        {
            bool overlaps = extent.Offset < to && (extent.Length == 0 || extent.Offset + extent.Length > from);
            if (extent.ObjectNumber == number && overlaps)
                return true;
        }
        return Extents.Extents.IsEmpty;
    }

    protected override void Return()
    {
        Set = null;
        Report = default;
        Extents.Clear();
        Cacher.Return(this);
    }
}
