using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>A discard or purge that waits for writes in flight, and for the store's own discard.</summary>
internal sealed class DropRequest : CacheRequest<IoError>
{
    public DropRequest() => Settlement = new Settlement(this);

    public ExtentList Extents { get; } = new();

    public ObjectSet? Set { get; set; }

    public DiscardStore Store { get; set; }

    /// <summary>Operations of the store under way for <see cref="Store"/>.</summary>
    public int StoreOperations { get; set; }

    public IoError StoreError { get; set; }

    /// <summary>A flush of the store failed while the zeroing was under way: the store may have lost what it had
    /// done.</summary>
    public bool Doubtful { get; set; }

    public Settlement Settlement { get; }

    protected override void Return()
    {
        Extents.Clear();
        Set = null;
        StoreError = default;
        Doubtful = false;
        Cacher.Return(this);
    }
}
