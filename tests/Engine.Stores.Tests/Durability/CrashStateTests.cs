using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Devices;
using Xunit.Abstractions;

namespace Engine.Stores.Tests.Durability;

public sealed class CrashStateTests(ITestOutputHelper output)
{
    private const int DistinctWanted = 20_000;

    private static readonly int s_statesPerPoint = Nightly.Count(usual: 80, nightly: 320);
    private static readonly int[] s_units = [512, 4096];

    [Fact]
    public void EveryCrashStateHoldsWhatWasAcknowledged()
    {
        long visited = 0;
        int distinct = 0;
        int acknowledged = 0;
        int discards = 0;
        int fuaAlone = 0;
        foreach (DurabilityScript script in DurabilityScript.All)
        {
            using var bench = new ScriptBench(script, device => device);
            var runner = new ScriptRunner(script, bench);
            runner.Run();
            Assert.Empty(runner.Errors);
            var check = new CrashCheck(bench.Recorder, runner.Oracle, script.LogicalBlock);
            foreach (int unit in s_units)
                check.Run(script.Seed, unit, s_statesPerPoint);
            runner.Finish();
            output.WriteLine($"{script}: {check.Visited} states, {check.Distinct} distinct, {runner.Acknowledged} acknowledged");
            visited += check.Visited;
            distinct += check.Distinct;
            acknowledged += runner.Acknowledged;
            discards += runner.Discards;
            if (script.Kind == TargetKind.DirectVolume)
                fuaAlone += bench.Recorder.Log.Count(request => request.Fua && request.Error.IsNone);
        }

        string line = $"crash states: {visited} visited, {distinct} distinct; "
            + $"{acknowledged} flushes and FUA writes, {discards} discards, "
            + $"{fuaAlone} FUA writes of the device's own without a cache";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(distinct >= DistinctWanted, line);
        Assert.True(acknowledged >= 50 && discards >= 10 && fuaAlone >= 3, line);
    }

    [Theory]
    [InlineData(nameof(Mutation.NoFlush))]
    [InlineData(nameof(Mutation.EarlyFlush))]
    [InlineData(nameof(Mutation.NoFua))]
    public void TheCheckFindsAMissingFlush(string mutationName)
    {
        Mutation mutation = Enum.Parse<Mutation>(mutationName);
        var found = new List<string>();
        DurabilityScript[] scripts =
            [.. DurabilityScript.All.Where(script => mutation != Mutation.NoFua || script.HasFua)];
        foreach (DurabilityScript script in scripts)
        {
            using var bench = new ScriptBench(script, device => new MutantDevice(device, mutation));
            var runner = new ScriptRunner(script, bench);
            runner.Run();
            if (Objection(new CrashCheck(bench.Recorder, runner.Oracle, script.LogicalBlock)) is { } objection)
                found.Add($"{script}: {objection}");
        }

        output.WriteLine(string.Join('\n', found));
        Assert.True(found.Count >= scripts.Length / 2, $"{mutation} was found by {found.Count} scripts only");
    }

    private static string? Objection(CrashCheck check)
    {
        try
        {
            check.Run(1, 512, 8);
            return null;
        }
        catch (CrashStateException objection)
        {
            return objection.InnerException!.Message;
        }
    }
}
