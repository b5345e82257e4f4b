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

    public static EffectQueue Current => t_current ??= new EffectQueue();

    public void Take(ObjectCacher cacher, List<Effect> effects)
    {
        foreach (Effect effect in effects)
            _effects.Enqueue((cacher, effect));
        effects.Clear();
    }

    /// <summary>Runs what is queued, unless this thread is doing so further up its stack.</summary>
    public void Drain()
    {
        if (_draining)
            return;
        _draining = true;
        try
        {
            DrainNested();
        }
        finally
        {
            _draining = false;
        }
    }

    /// <summary>Runs what is queued even further down the stack: for a thread that is about to block for a result.</summary>
    public void DrainNested()
    {
        while (_effects.TryDequeue(out (ObjectCacher Cacher, Effect Effect) next))
            next.Cacher.Run(next.Effect);
    }
}
