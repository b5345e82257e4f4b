// A recorded device with a store and a target on it, single-threaded and repeatable.
using System.IO.Pipelines;
using Engine.Buffers;
using Engine.Cache;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;
using Engine.Testing.Devices;
using Engine.Volumes;

namespace Engine.Stores.Tests.Durability;

// Purpose: the stack that a script drives, on one thread: memory device by hand, requests released in random order, recorder,
// fault or mutant wrapper, store, target.
// Ownership: the bench owns all of it; the target and the store may be replaced by Reopen.
// Invariants: nothing moves but in StepDevice and when the clock advances.

/// <summary>A recorded device with a store and a target on it, single-threaded and repeatable.</summary>
internal sealed class ScriptBench : IDisposable
{
    public const int DeviceBytes = HeaderBytes + DurabilityScript.ImageBytes;
    public const int HeaderBytes = 1 << 20;

    private const int IdleRounds = 60;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<int, byte[]> s_formatted = [];

    private readonly DurabilityScript _script;
    private readonly MemoryDevice _memory;
    private readonly ManualDevice _manual;
    private readonly IBlockDevice _top;
    private readonly DiagnosticPools _pools = new();
    private readonly BufferPool _pool;
    private readonly SeededRandom _order;
    private DeviceStore? _store;
    private IDurabilityTarget? _target;

    /// <summary>Makes a formatted device; <paramref name="wrap"/> puts a wrapper over the recorder.</summary>
    public ScriptBench(DurabilityScript script, Func<IBlockDevice, IBlockDevice> wrap)
    {
        _script = script;
        _order = new SeededRandom(script.Seed + 1000);
        _memory = new MemoryDevice(DeviceBytes, script.LogicalBlock, CompletionMode.Manual);
        Formatted(script.LogicalBlock).CopyTo(_memory.View(0, DeviceBytes));
        _manual = new ManualDevice(_memory);
        Recorder = new RecordingDevice(_manual, script.HasFua);
        _top = wrap(Recorder);
        bool bare = script.Kind == TargetKind.Cacher;
        _pool = _pools.Make(bare ? ObjectCacher.BlocksNeeded(Settings()) : Options().PoolBlocksNeeded);
    }

    public RecordingDevice Recorder { get; }

    public ManualClock Clock { get; } = new();

    public IDurabilityTarget Target => _target!;

    /// <summary>Failures, short transfers and repairs that the layers counted so far.</summary>
    public long Counted { get; private set; }

    /// <summary>The image's bytes on the device, whatever is durable.</summary>
    public ReadOnlySpan<byte> Image => _memory.View(HeaderBytes, DurabilityScript.ImageBytes);

    /// <summary>Opens store and target.</summary>
    public void Open()
    {
        _store = DeviceStore.Open(_top, new DeviceStoreOptions { OperationsMax = 64 });
        _target = _script.Kind == TargetKind.Cacher
            ? new CacherTarget(_store, _store.Image, Settings(), _pool, Clock)
            : new VolumeTarget(Volume.Open(_store, _store.Image, Options() with { Pool = _pool }));
    }

    /// <summary>Ends a target that was closed, and its store.</summary>
    public void Drop()
    {
        if (_target is not null)
            Counted += _target.HiddenFailures;
        if (_store is not null)
            Counted += _store.Statistics().Failures + _store.Statistics().ShortTransfers + (_store.OpenReport is null ? 0 : 1);
        _target?.Dispose();
        _store?.Dispose();
        _target = null;
        _store = null;
    }

    /// <summary>Completes one request of the device, a random one of those that wait; false when none does.</summary>
    public bool StepDevice()
    {
        int held = _manual.Held.Count;
        if (held == 0)
            return false;
        _manual.Release(_order.NextInt(held));
        Assert.Equal(1, _memory.Pump());
        return true;
    }

    /// <summary>Ends what a run has left open; a volume that closes needs its device to go on meanwhile.</summary>
    public void Dispose()
    {
        if (_target is not null)
        {
            Task<IoError> closing = _target.Close().AsTask();
            for (int idle = 0; !closing.IsCompleted && idle < IdleRounds;)
            {
                if (StepDevice())
                    continue;
                Clock.Advance(TimeSpan.FromSeconds(1));
                idle++;
            }

            Assert.True(closing.Wait(s_patience), "the target does not close");
        }

        Drop();
        _top.Dispose();
        _pools.Dispose();
    }

    /// <summary>A freshly formatted device's bytes, with old data in the image.</summary>
    private static byte[] Formatted(int logicalBlock)
    {
        lock (s_formatted)
        {
            if (s_formatted.TryGetValue(logicalBlock, out byte[]? bytes))
                return bytes;
            using var device = new MemoryDevice(DeviceBytes, logicalBlock, CompletionMode.Manual);
            DeviceStore.Format(device, new DeviceStoreFormatOptions
            {
                ObjectSize = DurabilityScript.ObjectBytes,
                Uuid = StoreDevices.Uuid,
            });
            new SeededRandom(99).NextBytes(device.View(HeaderBytes, DurabilityScript.ImageBytes));
            bytes = device.View(0, DeviceBytes).ToArray();
            s_formatted.Add(logicalBlock, bytes);
            return bytes;
        }
    }

    private CacheSettings Settings() => new()
    {
        SizeBytes = 128 << 10,
        DirtyBytesMax = _script.DirtyBytesMax,
        DirtyBytesTarget = _script.DirtyBytesMax / 2,
        WritebackWindow = 6,
        WritebackBytesMax = 16 << 10,
        UnstableBytesMax = 48 << 10,
    };

    private VolumeOptions Options() => new()
    {
        Cached = _script.Kind == TargetKind.CachedVolume,
        CacheBytes = 128 << 10,
        DirtyBytesMax = _script.DirtyBytesMax,
        WritebackWindow = 6,
        CloseTimeout = TimeSpan.FromDays(1),
        Clock = Clock,
        Scheduler = PipeScheduler.Inline,
        InlineContinuations = true,
    };
}
