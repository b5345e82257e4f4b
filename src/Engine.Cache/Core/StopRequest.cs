using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The stop of a cache; made once.</summary>
internal sealed class StopRequest : CacheRequest<IoError>
{
    public IoError FlushError { get; set; }

    protected override void Return()
    {
        // Not pooled: a cache stops once.
    }
}
