using Engine.Cache;

namespace Engine.Cache.Tests.Eviction;

/// <summary>A policy over blocks and a model of it over keys, driven alike: keys are the blocks' numbers.</summary>
internal sealed class PolicyRun : IDisposable
{
    private readonly Slab<CachedBlock> _blocks = new(16);
    private readonly Slab<CachedObject> _objects = new(1);
    private readonly Dictionary<long, int> _cached = [];
    private readonly CacheCounters _counters = new();
    private readonly IEvictionPolicy _policy;
    private readonly IPolicyModel _model;
    private readonly int _object;
    private readonly int _capacity;

    public PolicyRun(EvictionPolicy policy, int capacity, IPolicyModel model)
    {
        _capacity = capacity;
        _object = _objects.Allocate();
        _objects[_object] = new CachedObject { Set = 1, Number = 7 };
        _policy = EvictionPolicies.Create(policy, _blocks, _objects, _counters);
        _policy.Resize(capacity);
        _model = model;
    }

    public long GhostHits => _counters.GhostHits;

    public int Evictions { get; private set; }

    /// <summary>Keys cached, evictable or not.</summary>
    public IEnumerable<long> Keys => _cached.Keys;

    public bool IsCached(long key) => _cached.ContainsKey(key);

    public bool IsEvictable(long key) => (_blocks[_cached[key]].Lists & BlockLists.Evictable) != 0;

    /// <summary>Uses a key: a hit, or room is made and it comes.</summary>
    public void Access(long key)
    {
        if (_cached.TryGetValue(key, out int block))
        {
            _policy.Touch(block);
            _model.Touch(key);
            return;
        }

        if (_cached.Count >= _capacity)
            Evict();
        block = _blocks.Allocate();
        _blocks[block].Object = _object;
        _blocks[block].Number = key;
        _cached.Add(key, block);
        Enter(key);
    }

    /// <summary>The key may go again.</summary>
    public void Enter(long key)
    {
        _policy.Enter(_cached[key]);
        _blocks[_cached[key]].Lists |= BlockLists.Evictable;
        _model.Enter(key);
    }

    /// <summary>The key is in use, or dirty, from now on.</summary>
    public void Leave(long key)
    {
        _policy.Leave(_cached[key]);
        _blocks[_cached[key]].Lists = BlockLists.None;
        _model.Leave(key);
    }

    /// <summary>The key is discarded.</summary>
    public void Drop(long key)
    {
        if (IsEvictable(key))
            Leave(key);
        Close(key);
    }

    /// <summary>Both evict, and agree on whom; null when nobody may go.</summary>
    public long? Evict()
    {
        int block = _policy.Evict();
        long? key = block == 0 ? null : _blocks[block].Number;
        Assert.Equal(_model.Evict(), key);
        if (key is null)
            return null;
        Evictions++;
        Close(key.Value);
        return key;
    }

    public void Verify()
    {
        _policy.Verify();
        Assert.Equal(_cached.Keys.Count(IsEvictable), _policy.Count);
    }

    public void Dispose()
    {
        _policy.Dispose();
        _objects.Dispose();
        _blocks.Dispose();
    }

    private void Close(long key)
    {
        _blocks.Free(_cached[key]);
        _cached.Remove(key);
        _model.Forget(key);
    }
}
