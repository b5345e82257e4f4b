using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Devices;
using Engine.Testing;
using Engine.Testing.Devices;
using Engine.Volumes;

namespace Engine.Stores.Tests.Durability;

/// <summary>Looks at the crash states of a finished run.</summary>
internal sealed class CrashCheck(RecordingDevice recorder, SectorOracle oracle, int logicalBlock)
{
    private readonly HashSet<ulong> _images = [];

    /// <summary>Different images seen.</summary>
    public int Distinct => _images.Count;

    /// <summary>States seen, the same image at two points counted twice.</summary>
    public long Visited { get; private set; }

    /// <summary>Visits the states after every completion; throws <see cref="CrashStateException"/> at one that has lost what was
    /// acknowledged.</summary>
    public void Run(ulong seed, int unitBytes, int statesPerPoint)
    {
        var random = new SeededRandom(seed);
        IEnumerable<int> completions = recorder.Log.Select(request => request.CompleteEvent)
            .Where(at => at < recorder.EventCount).Order();
        int[] points = [0, .. completions.Select(at => at + 1)];
        foreach (int point in points)
            At(point, random, unitBytes, statesPerPoint);
        Recover(points[^1], unitBytes);
    }

    /// <summary>The same at one point.</summary>
    public void At(int point, SeededRandom random, int unitBytes, int statesPerPoint)
    {
        CrashStates states = recorder.CrashAt(point, unitBytes);
        SectorExpectation expected = oracle.At(point);
        bool headerMoves = states.Units.Any(unit => unit.Offset < ScriptBench.HeaderBytes);
        bool checkedHeader = false;
        Visited += states.ForEachCrashState(random, statesPerPoint, state =>
        {
            if (headerMoves || !checkedHeader)
                CheckHeader(state);
            checkedHeader = true;
            expected.Check(state.Image[ScriptBench.HeaderBytes..]);
            _images.Add(Hash(state.Image[ScriptBench.HeaderBytes..]));
        });
    }

    private static ulong Hash(ReadOnlySpan<byte> image)
    {
        ulong hash = 1469598103934665603;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(image))
            hash = (System.Numerics.BitOperations.RotateLeft(hash, 23) ^ word) * 0x9E3779B97F4A7C15;
        return hash;
    }

    private void CheckHeader(CrashState state)
    {
        using var device = new MemoryDevice(ScriptBench.DeviceBytes, logicalBlock, CompletionMode.Manual);
        state.CopyTo(device);
        DeviceStoreCheck check = DeviceStore.Check(device);
        Invariant.That(check.Problem == StoreProblem.None, check.Message);
    }

    /// <summary>Opens what a crash left as a program would, and reads all of it.</summary>
    private void Recover(int point, int unitBytes)
    {
        recorder.CrashAt(point, unitBytes).ForEachCrashState(new SeededRandom(1), 1, state =>
        {
            using var device = new MemoryDevice(ScriptBench.DeviceBytes, logicalBlock);
            state.CopyTo(device);
            using DeviceStore store = DeviceStore.Open(device);
            using var pools = new DiagnosticPools();
            using Volume volume = Volume.Open(store, store.Image, new VolumeOptions { Cached = false }.Over(pools));
            byte[] image = new byte[DurabilityScript.ImageBytes];
            Assert.Equal(image.Length, volume.Read(0, image));
            oracle.At(point).Check(image);
        });
    }
}
