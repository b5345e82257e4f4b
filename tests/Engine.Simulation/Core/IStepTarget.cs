namespace Engine.Simulation;

/// <summary>Carries out steps that it scheduled.</summary>
public interface IStepTarget
{
    /// <summary>Carries the step out.</summary>
    /// <returns>A digest of what came of it, folded into the trace; the same for the same history.</returns>
    ulong Execute(in SimStep step);
}
