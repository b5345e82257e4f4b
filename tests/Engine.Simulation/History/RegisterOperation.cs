namespace Engine.Simulation;

/// <summary>A read or a write of one value.</summary>
/// <param name="IsWrite">Writes the value; otherwise the value is what was read.</param>
/// <param name="Value">The value.</param>
public readonly record struct RegisterOperation(bool IsWrite, long Value);
