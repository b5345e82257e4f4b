namespace Engine.Cache.Tests.Eviction;

/// <summary>The keys in order of their last use, the newest at the end.</summary>
internal sealed class LruModel : IPolicyModel
{
    private readonly List<long> _keys = [];

    public void Enter(long key) => _keys.Add(key);

    public void Leave(long key) => _keys.Remove(key);

    public void Touch(long key)
    {
        if (_keys.Remove(key))
            _keys.Add(key);
    }

    public long? Evict()
    {
        if (_keys.Count == 0)
            return null;
        long key = _keys[0];
        _keys.RemoveAt(0);
        return key;
    }

    public void Forget(long key)
    {
        // Nothing is known of what is not in the list.
    }
}
