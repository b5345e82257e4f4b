using Engine.Buffers;

namespace Engine.Stores.Tests.Durability;

/// <summary>A request of a script that has not been seen to end.</summary>
internal sealed class PendingStep(ScriptStep step, Task<IoError> task)
{
    public ScriptStep Step => step;

    public Task<IoError> Task => task;

    /// <summary>Of a flush: what it will make durable.</summary>
    public int[]? Covered { get; init; }

    /// <summary>Of a read: where it reads to.</summary>
    public byte[]? Destination { get; init; }

    public bool Overlaps(in ScriptStep other) =>
        step.Kind != StepKind.Flush
        && Down(step.Offset) < Up(other.Offset + other.Length)
        && Down(other.Offset) < Up(step.Offset + step.Length);

    private static long Down(long offset) => offset / SectorVersion.Bytes * SectorVersion.Bytes;

    private static long Up(long offset) => Down(offset + SectorVersion.Bytes - 1);
}
