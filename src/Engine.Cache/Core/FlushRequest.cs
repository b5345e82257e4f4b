namespace Engine.Cache;

/// <summary>A flush of one set or of all.</summary>
internal sealed class FlushRequest : CacheRequest<FlushResult>
{
    public FlushRequest() => Settlement = new Settlement(this);

    public Settlement Settlement { get; }

    /// <summary>The store itself must be flushed before the covered bytes are durable.</summary>
    public bool FlushesStore { get; set; }

    protected override void Return() => Cacher.Return(this);
}
