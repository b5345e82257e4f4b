namespace Engine.Cache.ModelTests.Run;

/// <summary>The owner of a run's sets: knows which of them were dirty before a step, and of which it was told in it.</summary>
internal sealed class OwnerEvents : ICacheEvents
{
    private readonly List<ObjectSet> _dirty = [];
    private readonly HashSet<ObjectSet> _told = [];

    /// <summary>What the owner makes of data that could not be written.</summary>
    public Func<WritebackError, WritebackAction> Decide { get; set; } = static failure => failure.DefaultAction;

    public void OnSetClean(ObjectSet set) => _told.Add(set);

    public WritebackAction OnWritebackError(WritebackError failure) => Decide(failure);

    public void Begin(ObjectSet[] sets, ObjectCacher cache)
    {
        _dirty.Clear();
        _told.Clear();
        foreach (ObjectSet set in sets)
        {
            if (cache.IsDirtyOrCommitting(set))
                _dirty.Add(set);
        }
    }

    public bool AllTold(ObjectCacher cache)
    {
        foreach (ObjectSet set in _dirty)
        {
            if (!cache.IsDirtyOrCommitting(set) && !_told.Contains(set))
                return false;
        }

        return true;
    }
}
