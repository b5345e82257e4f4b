// Many threads against one cache over a store that completes on its own threads, in random order. Each thread owns bytes of its
// own, whose edges share blocks with its neighbours', so that it can say what every read must return.

using System.Buffers;
using Engine.Cache;
using Engine.Testing;

namespace Engine.Cache.Tests;

public sealed class ThreadTests
{
    private const int Threads = 4;
    private const int Objects = 3;
    private const int RegionBytes = 50_000;

    private static readonly int s_operations = Nightly.Count(usual: 4000, nightly: 100_000);

    [Theory]
    [InlineData(1, true, 0.0, 1)]
    [InlineData(2, false, 0.0, 512)]
    [InlineData(3, false, 0.05, 4096)]
    [InlineData(4, true, 0.05, 1)]
    public void EveryThreadReadsWhatItWrote(int seed, bool durable, double errorShare, int alignment)
    {
        CacheSettings settings = new()
        {
            SizeBytes = 64 * 4 * K,
            DirtyBytesMax = 32 * 4 * K,
            DirtyBytesTarget = 8 * 4 * K,
            DirtyAgeMax = TimeSpan.FromMilliseconds(20),
            WritebackWindow = 8,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        };
        BackendCapabilities capabilities = ManualBackend.Default with
        {
            CommitIsDurable = durable,
            ReadAlignment = alignment,
            WriteAlignment = alignment,
        };
        using DiagnosticPool diagnostics = new(ObjectCacher.BlocksNeeded(settings), stackEvery: 64);
        using ThreadedBackend backend = new(capabilities, seed, threads: 2, errorShare);
        using ObjectCacher cache = new(backend, settings, new ObjectCacherOptions { Pool = diagnostics.Pool });
        ObjectSet set = cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        cache.Start();

        Worker[] workers = [.. Enumerable.Range(0, Threads).Select(index => new Worker(cache, set, index, seed))];
        Thread[] threads = [.. workers.Select(worker => new Thread(worker.Run))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.All(workers, worker => Assert.Null(worker.Failure));
        cache.Audit();
        backend.Reliable = true;
        FlushResult last = cache.FlushSet(set);
        if (last.Error.Failed)
            last = cache.FlushSet(set);
        Assert.Equal(IoError.None, last.Error);
        cache.Audit();
        Assert.False(cache.IsDirtyOrCommitting(set));
        foreach (Worker worker in workers)
            worker.AssertStore(backend.Store);
        Assert.Equal(new ReleaseResult(0, 0), cache.ReleaseSet(set));
    }

    [Fact]
    public void StopWhileThreadsAreAtWork()
    {
        CacheSettings settings = new()
        {
            SizeBytes = 32 * 4 * K,
            DirtyBytesMax = 8 * 4 * K,
            DirtyBytesTarget = 4 * 4 * K,
            WritebackWindow = 4,
        };
        using DiagnosticPool diagnostics = new(ObjectCacher.BlocksNeeded(settings), stackEvery: 64);
        using ThreadedBackend backend = new(ManualBackend.Default, seed: 5);
        using ObjectCacher cache = new(backend, settings, new ObjectCacherOptions { Pool = diagnostics.Pool });
        ObjectSet set = cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        cache.Start();
        Worker[] workers = [.. Enumerable.Range(0, Threads).Select(i => new Worker(cache, set, i, 5) { EndsAtShutdown = true })];
        Thread[] threads = [.. workers.Select(worker => new Thread(worker.Run))];
        foreach (Thread thread in threads)
            thread.Start();
        Assert.True(SpinWait.SpinUntil(() => workers.All(worker => worker.Done > 100), TimeSpan.FromMinutes(2)));

        Task<IoError> stop = cache.StopAsync(StopMode.Flush, TimeSpan.FromMinutes(2)).AsTask();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.All(workers, worker => Assert.Null(worker.Failure));
        Assert.True(SpinWait.SpinUntil(() => stop.IsCompletedSuccessfully, TimeSpan.FromMinutes(2)));
        foreach (Worker worker in workers)
            worker.AssertStore(backend.Store);
    }

    /// <summary>One thread with bytes of its own in every object, and what it knows of them.</summary>
    private sealed class Worker(ObjectCacher cache, ObjectSet set, int index, int seed)
    {
        private readonly Random _random = new((seed * 100) + index);
        private readonly byte[][] _known = [.. Enumerable.Range(0, Objects).Select(_ => new byte[RegionBytes])];
        private readonly ExtentList _extents = new();
        private int _done;

        public Exception? Failure { get; private set; }

        public bool EndsAtShutdown { get; init; }

        public int Done => Volatile.Read(ref _done);

        public void Run()
        {
            try
            {
                for (int i = 0; i < (EndsAtShutdown ? int.MaxValue : s_operations); i++)
                {
                    if (!Step())
                        return;
                    Volatile.Write(ref _done, i);
                }
            }
#pragma warning disable CA1031 // What ends a worker is what the test reports.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Failure = e;
            }
        }

        public void AssertStore(ByteModel store)
        {
            for (int number = 0; number < Objects; number++)
                Assert.True(store.Read(number, index * RegionBytes, RegionBytes).AsSpan().SequenceEqual(_known[number]));
        }

        private bool Step()
        {
            int number = _random.Next(Objects);
            int length = _random.Next(1, _random.Next(4) == 0 ? 20_000 : 3000);
            int offset = _random.Next(RegionBytes - length + 1);
            long at = (index * RegionBytes) + offset;
            _extents.Clear();
            _extents.Add(number, at, length, 0);
            Span<byte> known = _known[number].AsSpan(offset, length);
            int choice = _random.Next(100);
            if (choice == 0)
                return !IsShutdown(cache.FlushSet(set).Error);
            if (choice == 1)
                cache.ReleaseSet(set);
            return choice < 50 ? Write(number, at, known) : Read(number, at, known);
        }

        private bool Write(int number, long at, Span<byte> known)
        {
            byte[] bytes = new byte[known.Length];
            _random.NextBytes(bytes);
            if (!cache.TryWrite(set, number, at, bytes))
            {
                IoError error = _random.Next(2) == 0
                    ? cache.Write(set, _extents, bytes)
                    : cache.WriteAsync(set, _extents, new ReadOnlySequence<byte>(bytes)).AsTask().GetAwaiter().GetResult();
                if (IsShutdown(error))
                    return false;
                Assert.Equal(IoError.None, error);
            }

            bytes.CopyTo(known);
            return true;
        }

        private bool Read(int number, long at, Span<byte> known)
        {
            byte[] bytes = new byte[known.Length];
            if (!cache.TryRead(set, number, at, bytes))
            {
                IoResult result = _random.Next(2) == 0
                    ? cache.Read(set, _extents, bytes)
                    : cache.ReadAsync(set, _extents, bytes).AsTask().GetAwaiter().GetResult();
                if (IsShutdown(result.Error))
                    return false;
                Assert.Equal(IoResult.Ok(bytes.Length), result);
            }

            Assert.True(bytes.AsSpan().SequenceEqual(known), $"thread {index} seed {seed}: {number} {at}~{bytes.Length}");
            return true;
        }

        private bool IsShutdown(IoError error) => EndsAtShutdown && error == IoError.Shutdown;
    }
}
