using Engine.Buffers;
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

        output.WriteLine($"{kind}: {runs} runs");
    }

    /// <summary>False when the run ended without reaching the call.</summary>
    private static bool RunWithFault(DurabilityScript script, FailureKind kind, int nth)
    {
        string name = $"{script}, {kind} at call {nth}";
        FaultDevice? fault = null;
        using var bench = new ScriptBench(script, device => fault = new FaultDevice(device));
        fault!.Add(Rule(kind, nth, script.LogicalBlock));
        var runner = new ScriptRunner(script, bench);
        try
        {
            runner.Run();
            new CrashCheck(bench.Recorder, runner.Oracle, script.LogicalBlock)
                .At(bench.Recorder.EventCount, new SeededRandom((ulong)nth), 512, 4);
            fault.Clear();
            runner.Finish();
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
