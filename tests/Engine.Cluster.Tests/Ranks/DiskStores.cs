using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cluster.Tests;

/// <summary>Journals of ranks in a directory, opened as if older lives were alive, and objects in memory that all
/// share.</summary>
internal sealed class DiskStores : IRankStores, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("engine-ranks-").FullName;
    private readonly MemoryStore _objects = new();

    /// <summary>Called before a journal is opened.</summary>
    public Action? Opening { get; set; }

    public IoError TryOpen(RankId rank, ulong incarnation, out IRankStore? store)
    {
        Opening?.Invoke();
        store = null;
        string place = Path.Combine(_directory, $"rank-{rank.Value}");
        try
        {
            if (!Directory.Exists(place))
                FileLog.Format(place);
            store = new Store(FileLog.Open(place, new LogOptions { Incarnation = incarnation, IsShared = true }), _objects);
            return IoError.None;
        }
        catch (StoreException failure)
        {
            return failure.Problem == StoreProblem.Stale ? IoError.Stale : IoError.Io;
        }
    }

    public IoError Fence(RankId rank, ulong incarnation)
    {
        IoError error = TryOpen(rank, incarnation, out IRankStore? store);
        store?.Dispose();
        return error;
    }

    public void Dispose()
    {
        _objects.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class Store(FileLog log, IObjectBackend objects) : IRankStore
    {
        public ILog Log => log;

        public IObjectBackend Objects => objects;

        public void Dispose() => log.Dispose();
    }
}
