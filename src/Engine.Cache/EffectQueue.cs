using System.Runtime.ExceptionServices;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>
/// The trampoline of one thread: effects are queued while an event is handled and run after the lock was left, in order and never
/// recursively, so that completions that start new requests need no stack (specification 3.8, case 164).
/// </summary>
internal sealed class EffectQueue
{
    [ThreadStatic]
    private static EffectQueue? t_current;

    private readonly Queue<(ObjectCacher Cacher, Effect Effect)> _effects = new();
    private bool _draining;

    /// <summary>The first that an effect threw and that is not yet thrown on.</summary>
    private ExceptionDispatchInfo? _failure;

    public static EffectQueue Current => t_current ??= new EffectQueue();

    public void Take(ObjectCacher cacher, List<Effect> effects)
    {
        foreach (Effect effect in effects)
            _effects.Enqueue((cacher, effect));
        effects.Clear();
    }

    /// <summary>Runs what is queued, unless this thread is doing so further up its stack. What one of the effects throws (a raw
    /// continuation, a broken invariant) keeps none of the others from running, and is thrown at the end.</summary>
    public void Drain()
    {
        if (_draining)
            return;
        _draining = true;
        try
        {
            RunAll();
        }
        finally
        {
            _draining = false;
        }
        ThrowFailure();
    }

    /// <summary>Runs what is queued even further down the stack, then blocks for a result. Only a broken invariant is thrown
    /// before the result is there: until then the request uses the caller's memory.</summary>
    public T DrainAndWait<T>(CacheRequest<T> request)
    {
        RunAll();
        if (_failure?.SourceException is InvariantException)
            ThrowFailure();
        T result = request.WaitBlocking();
        if (!_draining)
            ThrowFailure();
        return result;
    }

    private void RunAll()
    {
        while (_effects.TryDequeue(out (ObjectCacher Cacher, Effect Effect) next))
        {
            try
            {
                next.Cacher.Run(next.Effect);
            }
#pragma warning disable CA1031 // Thrown once the others have run.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failure ??= ExceptionDispatchInfo.Capture(failure);
            }
        }
    }

    private void ThrowFailure()
    {
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }
}
