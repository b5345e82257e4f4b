using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

// The recording and the enumeration of crash states, over a manual memory device so that every event has one place in the log.
// Blocks are sectors of 512 bytes; a byte value stands for a write.

public sealed class RecordingDeviceTests : IDisposable
{
    private const int Block = 512;
    private const int Blocks = 32;

    private readonly MemoryDevice _memory = new(Blocks * Block, Block, CompletionMode.Manual);
    private readonly RecordingDevice _device;

    public RecordingDeviceTests() => _device = new RecordingDevice(_memory);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void WithoutFlush_NothingIsDurable()
    {
        Write(0, 1, 1);
        CrashStates states = _device.CrashAt(_device.EventCount, Block);
        Assert.Equal(0, states.Durable[0]);
        Assert.Single(states.Units);

        Assert.Equal(IoResult.Ok(0), _device.Flush());
        states = _device.CrashAt(_device.EventCount, Block);
        Assert.Equal(1, states.Durable[0]);
        Assert.Empty(states.Units);
    }

    [Fact]
    public void Flush_CoversOnlyWritesThatCompletedBeforeItsSubmission()
    {
        using var buffer = new DeviceBuffer(2 * Block);
        buffer.Span.Fill(5);
        var sink = new CollectingSink();
        _device.Submit([buffer.Write(0, 0, Block, 1, sink)]);
        _memory.Pump();
        _device.Submit([buffer.Write(Block, 0, Block, 2, sink), DeviceCalls.FlushRequest(3, sink)]);
        _memory.Pump();

        CrashStates states = _device.CrashAt(_device.EventCount, Block);
        Assert.Equal(5, states.Durable[0]);
        Assert.Equal(0, states.Durable[Block]);
        Assert.Equal(1, Assert.Single(states.Units).Sequence);
        Assert.Equal([2, 0], CountUnits(beforeFlushCompletes: true));

        int[] CountUnits(bool beforeFlushCompletes)
        {
            CrashStates before = _device.CrashAt(_device.EventCount - (beforeFlushCompletes ? 1 : 0), Block);
            return [before.Units.Count, before.Durable[0]];
        }
    }

    [Fact]
    public void FailedFlush_MakesNothingDurable()
    {
        using var faulty = new FaultDevice(new MemoryDevice(Blocks * Block));
        using var device = new RecordingDevice(faulty);
        faulty.Add(new FaultRule { Operation = DeviceOperation.Flush, Effect = FaultEffect.Error, Error = IoError.Io });
        device.WriteBytes(0, Fill(1, 1));
        Assert.Equal(IoResult.Fail(IoError.Io), device.Flush());
        Assert.Single(device.CrashAt(device.EventCount, Block).Units);
    }

    [Fact]
    public void Fua_IsDurableOnCompletion_NotBefore()
    {
        Assert.Equal(IoResult.Ok(Block), _device.WriteBytes(0, Fill(1, 3), fua: true));
        Assert.Equal(0, _device.CrashAt(1, Block).Durable[0]);
        Assert.Single(_device.CrashAt(1, Block).Units);
        Assert.Equal(3, _device.CrashAt(2, Block).Durable[0]);
    }

    [Fact]
    public void DurableWrite_HidesOlderVolatileOnes()
    {
        Write(0, 2, 1);
        _device.WriteBytes(0, Fill(1, 2), fua: true);
        CrashStates states = _device.CrashAt(_device.EventCount, 4096);
        CrashUnit unit = Assert.Single(states.Units);
        Assert.Equal((Block, Block), ((int)unit.Offset, unit.Length));
        foreach (byte[] image in Images(states))
            Assert.Equal(2, image[0]);
    }

    [Fact]
    public void OverlappingVolatileWrites_AnyMaySurvive()
    {
        Write(0, 1, 1);
        Write(0, 1, 2);
        Write(0, 1, 3);
        Assert.Equal([0, 1, 2, 3], Images(_device.CrashAt(_device.EventCount, Block)).Select(i => (int)i[0]).Order());
    }

    [Fact]
    public void SmallLogs_GiveEverySubset()
    {
        for (int i = 0; i < 10; i++)
            Write(i, 1, (byte)(i + 1));
        var subsets = new HashSet<int>();
        int visited = _device.CrashAt(_device.EventCount, Block).ForEachCrashState(new SeededRandom(1), int.MaxValue, state =>
        {
            int subset = 0;
            for (int i = 0; i < 10; i++)
                subset |= (state.Image[i * Block] != 0 ? 1 : 0) << i;
            subsets.Add(subset);
        });
        Assert.Equal(1024, visited);
        Assert.Equal(1024, subsets.Count);
    }

    [Fact]
    public void LargeLogs_GiveThePlannedFamiliesAndTornWrites()
    {
        for (int i = 0; i < 5; i++)
            Write(i * 3, 3, (byte)(i + 1));
        var subsets = new HashSet<int>();
        CrashStates states = _device.CrashAt(_device.EventCount, Block);
        Assert.Equal(15, states.Units.Count);
        states.ForEachCrashState(new SeededRandom(2), int.MaxValue, state =>
        {
            int subset = 0;
            for (int i = 0; i < 15; i++)
                subset |= (state.Image[i * Block] != 0 ? 1 : 0) << i;
            subsets.Add(subset);
        });
        for (int i = 0; i < 15; i++)
        {
            Assert.Contains((1 << i) - 1, subsets);
            Assert.Contains(0x7FFF & ~(1 << i), subsets);
            Assert.Contains(1 << i, subsets);
            if (i < 14)
                Assert.Contains(3 << i, subsets);
        }

        for (int write = 0; write < 5; write++)
        {
            for (int torn = 0; torn < 3; torn++)
                Assert.Contains(((1 << (write * 3 + 3)) - 1) & ~(1 << (write * 3 + torn)), subsets);
        }

        Assert.True(subsets.Count > 200);
    }

    [Fact]
    public void Maximum_AndSeed_FixWhatIsVisited()
    {
        for (int i = 0; i < 16; i++)
            Write(i, 1, (byte)(i + 1));
        List<string>[] runs = [Run(7), Run(7), Run(8)];
        Assert.Equal(20, runs[0].Count);
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);

        List<string> Run(ulong seed)
        {
            var seen = new List<string>();
            _device.CrashAt(_device.EventCount, Block).ForEachCrashState(new SeededRandom(seed), 20, s => seen.Add(s.ToString()));
            return seen;
        }
    }

    [Fact]
    public void Discard_MayLeaveOldZeroOrGarbage_UntilWrittenAgain()
    {
        Write(0, 2, 9);
        _device.Flush();
        Assert.Equal(IoResult.Ok(0), _device.Discard(0, 2 * Block));
        _device.Flush();
        List<byte[]> images = Images(_device.CrashAt(_device.EventCount, Block));
        Assert.Equal(3, images.Count);
        Assert.Contains(images, i => i[0] == 9);
        Assert.Contains(images, i => !i.AsSpan(0, 2 * Block).ContainsAnyExcept((byte)0));

        Write(0, 2, 4);
        _device.Flush();
        Assert.Equal(4, Assert.Single(Images(_device.CrashAt(_device.EventCount, Block)))[0]);
    }

    [Fact]
    public void WriteZeroes_IsAWrite()
    {
        Write(0, 1, 9);
        _device.Flush();
        _device.WriteZeroes(0, Block);
        Assert.Equal(9, _device.CrashAt(_device.EventCount, Block).Durable[0]);
        _device.Flush();
        Assert.Equal(0, _device.CrashAt(_device.EventCount, Block).Durable[0]);
    }

    [Fact]
    public void MissingFlush_IsFound_AndExplainedByTheSmallestSet()
    {
        // A record at block 8 says that block 0 is valid. Written without a flush between, the record may come first.
        Write(0, 4, 1);
        Write(8, 1, 1);
        CrashStateException found = Assert.Throws<CrashStateException>(
            () => _device.ForEachCrashState(new SeededRandom(3), Block, 1000, Check));
        string smallest = "reached the medium: write #1 [4096+512]; lost: write #0 [0+512]";
        Assert.Contains(smallest, found.Message, StringComparison.Ordinal);
        Assert.Contains("seed 3", found.Message, StringComparison.Ordinal);

        _memory.View(0, Blocks * Block).Clear();
        _device.Restart();
        Write(0, 4, 1);
        _device.Flush();
        Write(8, 1, 1);
        Assert.True(_device.ForEachCrashState(new SeededRandom(3), Block, 1000, Check) > 16);

        static void Check(CrashState state)
        {
            if (state.Image[8 * Block] == 1 && state.Image[..(4 * Block)].ContainsAnyExcept((byte)1))
                throw new InvalidDataException("the record names a block that is not there");
        }
    }

    [Fact]
    public void CopyTo_GivesARecoveryItsDevice()
    {
        Write(3, 1, 6);
        using var target = new MemoryDevice(Blocks * Block);
        var firsts = new List<byte>();
        _device.CrashAt(_device.EventCount, Block).ForEachCrashState(new SeededRandom(1), 10, state =>
        {
            state.CopyTo(target);
            firsts.Add(target.ReadBytes(3 * Block, Block)[0]);
        });
        Assert.Equal([0, 6], firsts);
    }

    private static byte[] Fill(int blocks, byte value)
    {
        byte[] bytes = new byte[blocks * Block];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static List<byte[]> Images(CrashStates states)
    {
        var images = new List<byte[]>();
        states.ForEachCrashState(new SeededRandom(1), int.MaxValue, state => images.Add(state.Image.ToArray()));
        return images;
    }

    private void Write(int block, int blocks, byte value) =>
        Assert.Equal(IoResult.Ok(blocks * Block), _device.WriteBytes(block * Block, Fill(blocks, value)));
}
