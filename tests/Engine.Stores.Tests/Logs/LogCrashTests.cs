// Every state in which a crash may leave a log. A life ends in one of its crash states, from which the next one begins, so that
// recoveries are crashed as well.
using System.Diagnostics;
using Engine.Buffers;
using Engine.Devices;
using Engine.Stores.Tests.Durability;
using Engine.Testing.Devices;
using Xunit.Abstractions;

namespace Engine.Stores.Tests.Logs;

public sealed class LogCrashTests(ITestOutputHelper output)
{
    private const int StatesWanted = 100_000;
    private const int StatesPerPoint = 80;
    private const int Lives = 7;

    private static readonly int[] s_units = [512, 4096];

    [Fact]
    public void EveryCrashStateHoldsWhatWasAcknowledged()
    {
        var time = Stopwatch.StartNew();
        long states = 0;
        int acknowledged = 0;
        int trims = 0;
        foreach (LogScript script in LogScript.All)
            Enumerate(script, device => device, Lives, StatesPerPoint, ref states, ref acknowledged, ref trims);
        string line = $"log crash states: {states}; {acknowledged} acknowledged flushes, {trims} trims, "
            + $"{time.Elapsed.TotalSeconds:f1} s";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(states >= StatesWanted, line);
        Assert.True(acknowledged >= 300 && trims >= 100, line);
    }

    [Theory]
    [InlineData("no flush before acknowledging")]
    [InlineData("no write through before acknowledging")]
    [InlineData("space used again before the new start is durable")]
    public void TheCheckFindsAMutant(string mutant)
    {
        var found = new List<string>();
        int tried = 0;
        foreach (LogScript script in LogScript.All)
        {
            if (mutant.Contains("flush", StringComparison.Ordinal) && script.UsesFua)
                continue;
            if (!mutant.Contains("flush", StringComparison.Ordinal) && !script.UsesFua)
                continue;
            tried++;
            if (Objection(script, mutant) is { } objection)
                found.Add($"{script}: {objection}");
        }

        output.WriteLine(string.Join('\n', found));
        Assert.True(found.Count >= (tried + 1) / 2, $"{mutant}: found by {found.Count} of {tried} scripts");
    }

    private static string? Objection(LogScript script, string mutant)
    {
        long states = 0;
        int count = 0;
        try
        {
            Enumerate(script with { Steps = 200 }, device => Mutate(device, mutant), 1, 12, ref states, ref count, ref count);
            return null;
        }
        catch (CrashStateException objection)
        {
            return objection.InnerException!.Message;
        }
    }

    private static IBlockDevice Mutate(IBlockDevice device, string mutant) => mutant switch
    {
        "no flush before acknowledging" => new MutantDevice(device, Mutation.NoFlush),
        "no write through before acknowledging" => new MutantDevice(device, Mutation.NoFua),
        _ => new LazyStateDevice(device),
    };

    private static void Enumerate(
        LogScript script, Func<IBlockDevice, IBlockDevice> mutate, int lives, int statesPerPoint,
        ref long states, ref int acknowledged, ref int trims)
    {
        using var recoverer = new LogRecoverer();
        byte[]? image = null;
        var found = new List<LogRecordModel>();
        for (int life = 0; life < lives; life++)
        {
            var memory = new MemoryDevice(LogScript.Capacity, 512, CompletionMode.Manual);
            if (image is null)
                DeviceLog.Format(memory, script.Format);
            else
                image.CopyTo(memory.View(0, image.Length));
            using var run = new LogCrashRun(script, memory, found, mutate, life);
            run.Run();
            foreach (int unit in s_units)
            {
                states += run.Recorder.ForEachCrashState(new SeededRandom(script.Seed), unit, statesPerPoint, state =>
                    run.Check(state.EventCount, recoverer.Recover(state)));
            }

            acknowledged += run.Acknowledged;
            trims += run.Trims;
            (image, found) = Choose(run, script, life, recoverer);
        }
    }

    /// <summary>A state in the middle of the life, for the next one to begin with.</summary>
    private static (byte[] Image, List<LogRecordModel> Found) Choose(
        LogCrashRun run, LogScript script, int life, LogRecoverer recoverer)
    {
        var random = new SeededRandom((script.Seed * 77) + (ulong)life);
        int point = (run.Recorder.EventCount / 2) + random.NextInt(run.Recorder.EventCount / 2);
        byte[] image = [];
        List<LogRecordModel> found = [];
        run.Recorder.CrashAt(point, 512).ForEachCrashState(random, 7, state =>
        {
            image = state.Image.ToArray();
            found = recoverer.Recover(state);
        });
        return (image, found);
    }

    /// <summary>Stores the start without making it durable.</summary>
    private sealed class LazyStateDevice(IBlockDevice inner) : IBlockDevice
    {
        public DeviceGeometry Geometry => inner.Geometry;

        public string Engine => inner.Engine;

        public void Submit(ReadOnlySpan<DeviceRequest> requests)
        {
            foreach (DeviceRequest request in requests)
            {
                bool isState = request.Offset is LogLayout.FirstState or LogLayout.SecondState;
                inner.Submit([isState ? request with { Fua = false } : request]);
            }
        }

        public IoResult Execute(in DeviceRequest request) => inner.Execute(request);

        public void Dispose() => inner.Dispose();
    }
}
