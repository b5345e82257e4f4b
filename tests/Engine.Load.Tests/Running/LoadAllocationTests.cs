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
        // What a run costs once (threads, reports, timers) is below this; one object a request would be above. The least of
        // some runs, because on a busy machine the runtime adds threads of its own.
        const long bytesMax = 128 << 10;
        long least = long.MaxValue;
        for (int run = 0; run < 5 && least > bytesMax; run++)
        {
            JobReport report = fixture.Run(job);
            Assert.Equal(16384, report.Requests);
            least = Math.Min(least, report.ManagedBytes);
        }

        Assert.InRange(least, 0, bytesMax);
    }
}
