using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;
using Xunit.Abstractions;

namespace Engine.Stores.Tests.Durability;

/// <summary>
/// Fails the Nth call of the device, N = 1 upward until a run ends without meeting the fault: no hang, nothing lost that a flush
/// has acknowledged, nothing lost at all once a later flush succeeds, and the failure is reported or counted.
/// </summary>
public sealed class DeviceFailureTests(ITestOutputHelper output)
{
    private const int CallsMax = 2000;

    /// <summary>Failed FUA writes that the device was to make durable itself, for a volume without a cache.</summary>
    private int _fuaFailed;

    [Theory]
    [InlineData(nameof(FailureKind.Io))]
    [InlineData(nameof(FailureKind.NoSpace))]
    [InlineData(nameof(FailureKind.Short))]
    [InlineData(nameof(FailureKind.Torn))]
    public void AnyOneFailureIsSurvivedAndReported(string kindName)
    {
        FailureKind kind = Enum.Parse<FailureKind>(kindName);
        int runs = 0;
        foreach (DurabilityScript script in DurabilityScript.All.Select(script => script with { StepCount = 28 }))
        {
            int nth = 1;
            while (RunWithFault(script, kind, nth))
                Assert.True(nth++ < CallsMax, "a script of this length makes fewer calls");
            Assert.True(nth > 20, $"{script}: only {nth} device calls");
            runs += nth;
        }

        output.WriteLine($"{kind}: {runs} runs, {_fuaFailed} of them failed a FUA write of the device's own without a cache");
        Assert.True(kind == FailureKind.Short || _fuaFailed >= 1, $"{kind} met no FUA write of the device's own without a cache");
    }

    /// <summary>The runs above, over a device that loses what is volatile when a flush fails, would find a cache that trusts the
    /// next flush instead of writing again what the failed one may have lost.</summary>
    [Fact]
    public void TheCheckFindsAMissingRewrite()
    {
        var found = new List<string>();
        DurabilityScript[] scripts = [.. DurabilityScript.All.Where(script => script.Kind != TargetKind.DirectVolume)];
        foreach (DurabilityScript script in scripts)
        {
            if (Objection(script with { StepCount = 28 }) is { } objection)
                found.Add($"{script}: {objection}");
        }

        output.WriteLine(string.Join('\n', found));
        Assert.True(found.Count >= scripts.Length / 2, $"found by {found.Count} scripts of {scripts.Length} only");
    }

    private string? Objection(DurabilityScript script)
    {
        for (int nth = 1; nth <= 8; nth++)
        {
            FaultDevice? fault = null;
            using var bench = new ScriptBench(
                script, device => new MutantDevice(fault = new FaultDevice(device), Mutation.NoRewrite));
            fault!.Add(new FaultRule
            {
                Operation = DeviceOperation.Flush,
                Nth = nth,
                Effect = FaultEffect.Error,
                Error = IoError.Io,
            });
            var runner = new ScriptRunner(script, bench);
            try
            {
                RunOverLoss(script, bench, runner, fault, (ulong)nth);
            }
            catch (CrashStateException objection)
            {
                return objection.InnerException!.Message;
            }
        }

        return null;
    }

    /// <summary>A run and its end, with a look at what a crash behind each may leave.</summary>
    private void RunOverLoss(
        DurabilityScript script, ScriptBench bench, ScriptRunner runner, FaultDevice fault, ulong seed)
    {
        fault.OnFlushFailed = request =>
        {
            _fuaFailed += request.Fua && script.Kind == TargetKind.DirectVolume ? 1 : 0;
            bench.Recorder.NoteFailedFlush();
        };
        CrashCheck check = new(bench.Recorder, runner.Oracle, script.LogicalBlock);
        runner.Run();
        check.At(bench.Recorder.EventCount, new SeededRandom(seed), 512, 4);
        fault.Clear();
        runner.Finish();
        check.At(bench.Recorder.EventCount, new SeededRandom(seed), 512, 4);
    }

    /// <summary>False when the run ended without reaching the call.</summary>
    private bool RunWithFault(DurabilityScript script, FailureKind kind, int nth)
    {
        string name = $"{script}, {kind} at call {nth}";
        FaultDevice? fault = null;
        using var bench = new ScriptBench(script, device => fault = new FaultDevice(device));
        fault!.Add(Rule(kind, nth, script.LogicalBlock));
        var runner = new ScriptRunner(script, bench);
        try
        {
            RunOverLoss(script, bench, runner, fault, (ulong)nth);
        }
        catch (Exception failure) when (failure is InvariantException or CrashStateException or Xunit.Sdk.XunitException)
        {
            throw new InvariantException($"{name}: {failure.Message}\n{runner.History}", failure);
        }

        if (fault.FaultCount == 0)
            return false;
        CheckReport(name, kind, runner, bench);
        return true;
    }

    private static void CheckReport(string name, FailureKind kind, ScriptRunner runner, ScriptBench bench)
    {
        IoError expected = kind == FailureKind.NoSpace ? IoError.NoSpace : IoError.Io;
        Assert.All(runner.Errors, error => Assert.Equal(expected, error));
        bool mayBeWhole = kind == FailureKind.Short;
        Assert.True(mayBeWhole || runner.Errors.Count > 0 || bench.Counted > 0, $"{name}: nothing was reported");
    }

    private static FaultRule Rule(FailureKind kind, int nth, int logicalBlock) => kind switch
    {
        FailureKind.Io => new FaultRule { Nth = nth, Effect = FaultEffect.Error, Error = IoError.Io },
        FailureKind.NoSpace => new FaultRule { Nth = nth, Effect = FaultEffect.Error, Error = IoError.NoSpace },
        FailureKind.Short => new FaultRule { Nth = nth, Effect = FaultEffect.Short, Bytes = logicalBlock },
        _ => new FaultRule { Nth = nth, Effect = FaultEffect.Torn, Bytes = logicalBlock, Error = IoError.Io },
    };
}
