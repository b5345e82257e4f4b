using System.Globalization;
using System.Text.Json;

namespace Engine.Cli.Tests;

/// <summary>Managed memory per request of a load, in a process of its own: a test host allocates tens of kilobytes in seconds
/// while nothing runs in it.</summary>
public sealed class LoadAllocationTests : CliFixture
{
    private const int Requests = 12288;

    /// <summary>What a run costs once (threads, progress, the report) is a few kilobytes.</summary>
    private const int BytesMax = 16 << 10;

    [Theory]
    [InlineData("sync", "--no-cache", 1)]
    [InlineData("sync", "--no-cache", 4)]
    [InlineData("auto", "--no-cache", 4)]
    [InlineData("auto", "--cache=32m", 1)]
    [InlineData("auto", "--cache=32m", 4)]
    public void ALoadAllocatesNothingPerRequest(string engine, string cache, int depth)
    {
        string path = MakeVolume();
        string jobs = PathOf("jobs.fio");
        File.WriteAllText(jobs, string.Create(CultureInfo.InvariantCulture, $"""
            [global]
            filename={path}
            rw=randrw
            bs=512
            size={Requests / 2}k
            iodepth={depth}
            [first]
            [measured]
            stonewall
            """));

        CliResult bench = RunProcess("bench", jobs, cache, "--engine", engine, "--json");

        Assert.Equal((0, ""), (bench.Exit, bench.Error));
        JsonElement measured = JsonDocument.Parse(bench.Output).RootElement.GetProperty("jobs")[1];
        Assert.Equal("measured", measured.GetProperty("name").GetString());
        Assert.Equal(Requests, Count(measured, "read") + Count(measured, "write"));
        Assert.InRange(measured.GetProperty("managedBytes").GetInt64(), 0, BytesMax);
    }

    private static long Count(JsonElement job, string direction) => job.GetProperty(direction).GetProperty("requests").GetInt64();
}
