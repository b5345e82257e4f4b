// The fixture F0 of the catalogue (specification of the object cache, section 6): one cache over a manual backend and a manual
// clock, all of it on the calling thread. Every step ends with an audit of the cache and a check of the backend, so a test that
// only does steps already tests the invariants. Dispose completes what is in flight, stops the cache and fails on any block not
// given back.

using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Testing.Cache;

/// <summary>A cache that a test drives step by step.</summary>
public sealed partial class CacheFixture : IDisposable
{
    public const long A = 0;
    public const long B = 1;
    public const long C = 2;
    public const long D = 3;
    public const int K = 1024;
    public const int M = 1024 * K;

    private readonly DiagnosticPool _diagnostics;
    private readonly EventCounter _events = new();
    private readonly SynchronizationContext? _context = SynchronizationContext.Current;
    private int _ended;
    private int _steps;
    private bool _stopped;

    /// <summary>F0, with other limits, abilities, a stopped flusher, turns of background work that a test gives, or another
    /// eviction policy, where a case says so.</summary>
    public CacheFixture(
        CacheSettings? settings = null,
        BackendCapabilities? capabilities = null,
        bool started = true,
        PipeScheduler? scheduler = null,
        EvictionPolicy eviction = default)
    {
        // Without a context a continuation runs inline, so that a step has ended when its call returns.
        SynchronizationContext.SetSynchronizationContext(null);
        CacheSettings limits = settings ?? F0;
        _diagnostics = new DiagnosticPool(ObjectCacher.BlocksNeeded(limits), stackEvery: 64);
        Backend = new ManualBackend(capabilities, Pool, Clock);
        ObjectCacherOptions options = new()
        {
            Name = "test",
            Pool = Pool,
            Clock = Clock,
            Scheduler = scheduler ?? PipeScheduler.Inline,
            InlineContinuations = true,
            Eviction = eviction,
            Events = _events,
        };
        Cache = new ObjectCacher(Backend, limits, options);
        S = Cache.CreateSet(new ObjectSetOptions { Prefix = "s" });
        if (started)
            Cache.Start();
    }

    /// <summary>The limits of F0: background writeback is idle.</summary>
    public static CacheSettings F0 { get; } = new()
    {
        SizeBytes = 64 * M,
        DirtyBytesMax = 32 * M,
        DirtyBytesTarget = 16 * M,
        DirtyAgeMax = TimeSpan.FromHours(1),
    };

    public ManualClock Clock { get; } = new();

    public ManualBackend Backend { get; }

    public ObjectCacher Cache { get; }

    /// <summary>The set S.</summary>
    public ObjectSet S { get; }

    public BufferPool Pool => _diagnostics.Pool;

    public CacheStatistics Statistics => Cache.Statistics();

    /// <summary>How often the set became clean.</summary>
    public int CleanCalls => _events.Calls;

    /// <summary>Runs inside the notification that a set became clean.</summary>
    public Action<ObjectSet>? OnClean
    {
        get => _events.OnClean;
        set => _events.OnClean = value;
    }

    /// <summary>What the owner was told of data that could not be written.</summary>
    public IReadOnlyList<WritebackError> Failures => _events.Failures;

    /// <summary>Decides what becomes of such data; null leaves it to the cache.</summary>
    public Func<WritebackError, WritebackAction>? OnFailure
    {
        get => _events.OnFailure;
        set => _events.OnFailure = value;
    }

    /// <summary>F0 with a lower size and dirty limit; the target is half of the dirty limit, which is at most the size.</summary>
    public static CacheSettings Limits(long size = 64 * M, long dirtyMax = 32 * M)
    {
        long max = Math.Min(size, dirtyMax);
        return F0 with { SizeBytes = size, DirtyBytesMax = max, DirtyBytesTarget = max / 2 };
    }

    /// <summary>The run list of an object.</summary>
    public string Nrl(long objectNumber) => Cache.Dump(S, objectNumber);

    /// <summary>Bytes that are dirty or being written.</summary>
    public long DirtyOrTx()
    {
        CacheStatistics now = Statistics;
        return now.DirtyBytes + now.TxBytes;
    }

    /// <summary>Texts of the backend operations that the last steps caused.</summary>
    public string[] TakeIssued() => Backend.TakeIssued();

    /// <summary>Bytes of one value.</summary>
    public static byte[] Bytes(int length, char value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill((byte)value);
        return bytes;
    }

    /// <summary>An extent list of one extent with one fragment; empty for length 0.</summary>
    public static ExtentList Extent(long objectNumber, long offset, int length)
    {
        ExtentList extents = new();
        if (length > 0)
            extents.Add(objectNumber, offset, length, 0);
        return extents;
    }

    /// <summary>Audits at every n-th step only; for long runs.</summary>
    public int AuditEvery { get; set; } = 1;

    /// <summary>The check after every step.</summary>
    public void Audit()
    {
        if (++_steps % AuditEvery == 0)
            AuditNow();
    }

    /// <summary>Audits the cache and checks what it owes the store.</summary>
    public void AuditNow()
    {
        Cache.Audit();
        Backend.AssertSound();
    }

    public void Dispose()
    {
        Backend.CompletesInside = false;
        if (!_stopped)
            _ = Track(new PendingResult(), Cache.StopAsync(StopMode.Abandon, TimeSpan.FromSeconds(1)));
        Backend.CompleteAll();
        Cache.Dispose();
        Backend.AssertSound();
        Invariant.That(Backend.PendingCount == 0, "nothing is issued after the stop");
        _diagnostics.Dispose();
        SynchronizationContext.SetSynchronizationContext(_context);
    }

    private sealed class EventCounter : ICacheEvents
    {
        public int Calls { get; private set; }

        public Action<ObjectSet>? OnClean { get; set; }

        public List<WritebackError> Failures { get; } = [];

        public Func<WritebackError, WritebackAction>? OnFailure { get; set; }

        public void OnSetClean(ObjectSet set)
        {
            Calls++;
            OnClean?.Invoke(set);
        }

        public WritebackAction OnWritebackError(WritebackError failure)
        {
            Failures.Add(failure);
            return OnFailure?.Invoke(failure) ?? failure.DefaultAction;
        }
    }
}
