using Microsoft.Extensions.ObjectPool;

namespace Engine.Cache;

/// <summary>Pools of reusable requests.</summary>
internal static class RequestPool<T>
    where T : class
{
    public static ObjectPool<T> Create(Func<T> create) => new DefaultObjectPool<T>(new Policy(create), 4096);

    private sealed class Policy(Func<T> create) : PooledObjectPolicy<T>
    {
        public override T Create() => create();

        public override bool Return(T obj) => true;
    }
}
