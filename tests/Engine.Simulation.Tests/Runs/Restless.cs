namespace Engine.Simulation.Tests;

/// <summary>A scenario that never comes to rest, so that nothing is found at quiescence.</summary>
internal sealed class Restless(IScenario scenario) : IScenario
{
    public long OperationCount => scenario.OperationCount;

    public long OperationsEnd => scenario.OperationsEnd;

    public bool IsDone => scenario.IsDone;

    public bool IsQuiescent => false;

    public bool HasEnded => scenario.HasEnded;

    public void End() => scenario.End();

    public SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec) => scenario.Adjust(options, spec);

    public void Build(SimWorld world, RunSpec spec) => scenario.Build(world, spec);

    public FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec) => scenario.FaultsOf(world, spec);

    public string DescribePending() => "it is restless";

    public void Dispose() => scenario.Dispose();
}
