namespace Engine.Simulation;

/// <summary>One operation of a history. Moments only say what came before what.</summary>
/// <param name="Operation">What was done, with the result where one was seen.</param>
/// <param name="InvokedAt">When it began.</param>
/// <param name="RespondedAt">When the response came; <see cref="Never"/> where none did.</param>
public readonly record struct HistoryEntry<TOperation>(TOperation Operation, long InvokedAt, long RespondedAt)
{
    /// <summary>No response came.</summary>
    public const long Never = long.MaxValue;

    /// <summary>Where no response came: it happened before this, or never.</summary>
    public long ExpiredAt { get; init; } = Never;

    /// <summary>A response came.</summary>
    public bool IsKnown => RespondedAt != Never;
}
