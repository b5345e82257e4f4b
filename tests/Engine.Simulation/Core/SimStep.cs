namespace Engine.Simulation;

/// <summary>One entry of the schedule.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">Number of the process, link or fault that it is for; folded into the trace.</param>
/// <param name="Token">Names the timer or operation; folded into the trace.</param>
/// <param name="Payload">What the target needs to carry it out.</param>
public readonly record struct SimStep(StepKind Kind, int Subject, ulong Token = 0, object? Payload = null);
