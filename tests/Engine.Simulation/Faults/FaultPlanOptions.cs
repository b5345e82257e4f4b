namespace Engine.Simulation;

/// <summary>What a fault plan may hold.</summary>
public sealed record FaultPlanOptions
{
    /// <summary>Faults strike before this time, in microseconds.</summary>
    public required long HorizonMicros { get; init; }

    /// <summary>Numbers of the processes that have a disk and may die.</summary>
    public required IReadOnlyList<int> Servers { get; init; }

    /// <summary>Numbers of the processes that only send and receive.</summary>
    public required IReadOnlyList<int> Clients { get; init; }

    /// <summary>Kinds to draw from; each run takes a random part of them.</summary>
    public IReadOnlyList<FaultKind> Kinds { get; init; } = Survivable;

    /// <summary>Most faults of a run.</summary>
    public int FaultsMax { get; init; } = 40;

    /// <summary>Every kind that no data may be lost by.</summary>
    public static IReadOnlyList<FaultKind> Survivable { get; } =
        [.. Enum.GetValues<FaultKind>().Where(kind => kind is not (FaultKind.BitFlip or FaultKind.ClientCrash))];
}
