using Engine.Buffers;

namespace Engine.Cache;

/// <summary>A first-in-first-out queue of requests, linked through them; a request is on at most one.</summary>
internal sealed class RequestQueue<T>
    where T : CacheRequest
{
    private CacheRequest? _first;
    private CacheRequest? _last;

    public int Count { get; private set; }

    public T? First => (T?)_first;

    public void AddLast(T request)
    {
        Invariant.That(!request.Queued);
        request.Queued = true;
        request.QueuePrevious = _last;
        request.QueueNext = null;
        if (_last is null)
            _first = request;
        else
            _last.QueueNext = request;
        _last = request;
        Count++;
    }

    public void Remove(T request)
    {
        Invariant.That(request.Queued);
        if (request.QueuePrevious is null)
            _first = request.QueueNext;
        else
            request.QueuePrevious.QueueNext = request.QueueNext;
        if (request.QueueNext is null)
            _last = request.QueuePrevious;
        else
            request.QueueNext.QueuePrevious = request.QueuePrevious;
        request.QueueNext = null;
        request.QueuePrevious = null;
        request.Queued = false;
        Count--;
    }
}
