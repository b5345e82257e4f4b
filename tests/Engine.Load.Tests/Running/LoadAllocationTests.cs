using Engine.Load;

namespace Engine.Load.Tests.Running;

/// <summary>Counts the process's allocations: runs alone.</summary>
[CollectionDefinition(nameof(LoadAllocationTests), DisableParallelization = true)]
[Collection(nameof(LoadAllocationTests))]
public sealed class LoadAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void SteadyStateAllocatesNothingPerRequest(int depth)
    {
        using var fixture = new LoadFixture(withFaults: false, diagnosed: false);
        JobDescription job = new JobDescription { Depth = depth, BlockSize = 512 };
        fixture.Run(job);
        JobReport report = fixture.Run(job);
        Assert.Equal(16384, report.Requests);
        // What a run costs once (threads, reports, timers) is below this; one object a request would be above.
        Assert.InRange(report.ManagedBytes, 0, 128 << 10);
    }
}
