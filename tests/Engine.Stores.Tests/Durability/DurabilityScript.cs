using Engine.Buffers;
using Engine.Testing;

namespace Engine.Stores.Tests.Durability;

/// <summary>A seeded series of requests and the layer that it drives.</summary>
internal sealed record DurabilityScript(string Name, TargetKind Kind, int LogicalBlock, long DirtyBytesMax, ulong Seed)
{
    public const int ObjectBytes = 64 << 10;
    public const int ImageBytes = 3 * ObjectBytes;

    private const int LengthMax = 12 << 10;
    private const int HotBytes = 48 << 10;

    public int StepCount { get; init; } = 48;

    /// <summary>Has the device FUA of its own? Where it has not, the store flushes for FUA writes.</summary>
    public bool HasFua => (Seed + ((Seed - 1) / (ulong)s_mixes.Length)) % 2 == 0;

    private static readonly DurabilityScript[] s_mixes =
    [
        new("cache, room for all", TargetKind.Cacher, 512, 128 << 10, 1),
        new("cache, little room", TargetKind.Cacher, 512, 16 << 10, 2),
        new("cache, write-through", TargetKind.Cacher, 512, 0, 3),
        new("cache, 4096", TargetKind.Cacher, 4096, 64 << 10, 4),
        new("cache, 4096, little room", TargetKind.Cacher, 4096, 16 << 10, 5),
        new("volume, cached", TargetKind.CachedVolume, 512, 64 << 10, 6),
        new("volume, cached, 4096", TargetKind.CachedVolume, 4096, 64 << 10, 7),
        new("volume, write-through", TargetKind.CachedVolume, 512, 0, 8),
        new("volume, no cache", TargetKind.DirectVolume, 512, 0, 9),
        new("volume, no cache, 4096", TargetKind.DirectVolume, 4096, 0, 10),
    ];

    /// <summary>Ten mixes: each layer, write-back with much and little room, write-through, both block sizes; of a nightly run
    /// several series of each.</summary>
    public static IReadOnlyList<DurabilityScript> All { get; } =
    [
        .. Enumerable.Range(0, Nightly.Count(usual: 1, nightly: 4))
            .SelectMany(series => s_mixes.Select(mix => mix.Series(series))),
    ];

    public IEnumerable<ScriptStep> Steps()
    {
        var random = new SeededRandom(Seed);
        for (int i = 0; i < StepCount; i++)
        {
            StepKind kind = Choose(random.NextInt(100));
            bool aligned = kind is StepKind.Discard or StepKind.WriteZeroes || random.NextBool(0.6);
            int grain = aligned ? LogicalBlock : random.NextBool(0.5) ? 512 : 1;
            int length = Math.Max(grain, random.NextInt(1, LengthMax) / grain * grain);
            long room = (random.NextBool(0.7) ? HotBytes : ImageBytes) - length;
            long offset = random.NextLong(room) / grain * grain;
            yield return new ScriptStep(kind, offset, length, random.NextInt(6), random.NextBool(0.3));
        }
    }

    public override string ToString() => $"{Name}, seed {Seed}";

    private DurabilityScript Series(int series) => this with { Seed = Seed + (ulong)(series * s_mixes.Length) };

    private static StepKind Choose(int percent) => percent switch
    {
        < 50 => StepKind.Write,
        < 58 => StepKind.FuaWrite,
        < 66 => StepKind.Read,
        < 80 => StepKind.Flush,
        < 87 => StepKind.Discard,
        < 94 => StepKind.WriteZeroes,
        < 96 => StepKind.Age,
        _ => StepKind.Reopen,
    };
}
