namespace Engine.Simulation;

/// <summary>What a fault plan may hold.</summary>
public sealed record FaultPlanOptions
{
    private const ulong Shares = 4;
    private const ulong ReadOnlyShare = 1;
    private const ulong DamagedShare = 3;

    /// <summary>Faults strike before this time, in microseconds.</summary>
    public required long HorizonMicros { get; init; }

    /// <summary>Numbers of the processes that have a disk and may die.</summary>
    public required IReadOnlyList<int> Servers { get; init; }

    /// <summary>Numbers of the processes that only send and receive.</summary>
    public required IReadOnlyList<int> Clients { get; init; }

    /// <summary>Kinds to draw from; each run takes a random part of them.</summary>
    public IReadOnlyList<FaultKind> Kinds { get; init; } = Survivable;

    /// <summary>Kinds of which each run has some, beside what it has anyway; behind some of these the process crashes.</summary>
    public IReadOnlyList<FaultKind> Extra { get; init; } = [];

    /// <summary>Most faults of a run, without the extra ones.</summary>
    public int FaultsMax { get; init; } = 40;

    /// <summary>Every kind that may strike anywhere, and that no data may be lost by.</summary>
    public static IReadOnlyList<FaultKind> Survivable { get; } =
    [
        .. Enum.GetValues<FaultKind>()
            .Where(kind => kind is not (FaultKind.BitFlip or FaultKind.ClientCrash or FaultKind.StoreReadOnly
                or FaultKind.Kill)),
    ];

    /// <summary>What besides strikes one rank, in a share of the seeds: in one of four its store turns read-only, in another one,
    /// where it is not liveness that is asked for, bits of its store and of its journal change for good. Where a bug is planted
    /// there are none: they would excuse what it does.</summary>
    public static IReadOnlyList<FaultKind> ExtraOf(RunSpec spec, bool isPlanted) => (isPlanted ? 0 : spec.Seed % Shares) switch
    {
        ReadOnlyShare => [FaultKind.StoreReadOnly],
        DamagedShare when spec.Mode == SimMode.Safety => [FaultKind.BitFlip],
        _ => [],
    };
}
