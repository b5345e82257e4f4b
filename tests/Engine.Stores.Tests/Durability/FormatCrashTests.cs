using Engine.Buffers;
using Engine.Devices;
using Engine.Testing;
using Engine.Testing.Devices;
using Xunit.Abstractions;

namespace Engine.Stores.Tests.Durability;

/// <summary>A format that is cut short leaves what was there, a torn format, or the new volume; nothing else.</summary>
public sealed class FormatCrashTests(ITestOutputHelper output)
{
    private static readonly Guid s_other = new("99999999-5566-7788-99aa-bbccddeeff00");

    [Theory]
    [InlineData(512, 512, false)]
    [InlineData(512, 4096, false)]
    [InlineData(4096, 512, false)]
    [InlineData(512, 512, true)]
    [InlineData(4096, 4096, true)]
    public void EveryCrashStateOfAFormatIsRecognised(int logicalBlock, int unitBytes, bool overOlder)
    {
        var memory = new MemoryDevice(ScriptBench.DeviceBytes, logicalBlock, CompletionMode.Manual);
        new SeededRandom(7).NextBytes(memory.View(0, ScriptBench.DeviceBytes));
        if (overOlder)
            DeviceStore.Format(memory, StoreDevices.Small with { Uuid = s_other });
        // What a format clears differs from zeros everywhere, or most of the sets would be the same state.
        new SeededRandom(8).NextBytes(memory.View(8192, ScriptBench.HeaderBytes - 16384));
        using var recorder = new RecordingDevice(memory);
        DeviceStore.Format(recorder, StoreDevices.Small with { Force = true });
        int end = recorder.EventCount;
        var seen = new Dictionary<string, int>();
        int statesPerPoint = Nightly.Count(usual: 60, nightly: 1000);
        long states = recorder.ForEachCrashState(new SeededRandom(1), unitBytes, statesPerPoint, state =>
        {
            string verdict = Verdict(state, logicalBlock, overOlder, complete: state.EventCount == end);
            seen[verdict] = seen.GetValueOrDefault(verdict) + 1;
        });
        output.WriteLine($"{states} states: {string.Join(", ", seen.Select(pair => $"{pair.Value} {pair.Key}"))}");
        Assert.True(seen.ContainsKey("new") && seen.ContainsKey(overOlder ? "older" : nameof(StoreProblem.Foreign)));
        Assert.Contains(nameof(StoreProblem.Torn), seen.Keys);
    }

    private static string Verdict(CrashState state, int logicalBlock, bool overOlder, bool complete)
    {
        using var device = new MemoryDevice(ScriptBench.DeviceBytes, logicalBlock, CompletionMode.Manual);
        state.CopyTo(device);
        DeviceStoreCheck check = DeviceStore.Check(device);
        if (check.Problem == StoreProblem.None)
        {
            using DeviceStore store = DeviceStore.Open(device);
            bool isNew = store.Image.Uuid == StoreDevices.Uuid;
            Assert.True(isNew || (overOlder && !complete), $"{store.Image.Uuid} after the format was complete");
            Assert.True(DeviceStore.Check(device).IsHealthy, check.Message);
            return isNew ? "new" : "older";
        }

        Assert.False(complete, check.Message);
        Assert.True(check.Problem is StoreProblem.Torn || (check.Problem is StoreProblem.Foreign && !overOlder), check.Message);
        return check.Problem.ToString();
    }
}
