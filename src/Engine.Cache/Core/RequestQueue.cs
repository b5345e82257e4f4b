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

    public T? Last => (T?)_last;

    /// <summary>Adds behind <paramref name="previous"/>, or in front of all when that is null.</summary>
    public void AddAfter(T request, CacheRequest? previous)
    {
        Invariant.That(!request.Queued);
        request.Queued = true;
        CacheRequest? next = previous is null ? _first : previous.QueueNext;
        request.QueuePrevious = previous;
        request.QueueNext = next;
        if (previous is null)
            _first = request;
        else
            previous.QueueNext = request;
        if (next is null)
            _last = request;
        else
            next.QueuePrevious = request;
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
