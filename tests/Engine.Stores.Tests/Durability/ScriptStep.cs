namespace Engine.Stores.Tests.Durability;

/// <summary>One step of a script.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="DeviceSteps">Requests that the device completes afterwards, at most.</param>
/// <param name="Waits">The script waits for the step.</param>
internal readonly record struct ScriptStep(StepKind Kind, long Offset, int Length, int DeviceSteps, bool Waits);
