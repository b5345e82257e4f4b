// What becomes of operations when the device fails, falls short, refuses or holds back. The subject is a volume of 3 MiB in
// objects of 256 KiB on a memory device, with a fault or a manual device between.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class DeviceStoreOperationTests
{
    private const int Mega = StoreDevices.Mega;
    private const int ObjectBytes = 256 << 10;

    [Theory]
    [InlineData(true, 512)]
    [InlineData(false, 512)]
    [InlineData(true, 11 * 512)]
    [InlineData(false, 11 * 512)]
    public void ShortTransfersGoOnWithTheRemainder(bool callerWaits, int moved)
    {
        using var device = new FaultDevice(StoreDevices.Formatted());
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix) { CallerWaits = callerWaits };
        byte[] bytes = Pattern(1, 40960);
        device.Add(new FaultRule { Operation = DeviceOperation.Write, Effect = FaultEffect.Short, Bytes = moved, Times = 3 });
        Assert.Equal(IoResult.Ok(40960), harness.Write(2, 8192, bytes));
        device.Add(new FaultRule { Operation = DeviceOperation.Read, Effect = FaultEffect.Short, Bytes = moved, Times = 4 });
        byte[] read = new byte[40960];
        Assert.Equal(IoResult.Ok(40960), harness.Read(2, 8192, read));
        Assert.Equal(bytes, read);
        Assert.Equal(7, store.Statistics().ShortTransfers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NoProgressIsEIO(bool callerWaits)
    {
        using var device = new FaultDevice(StoreDevices.Formatted());
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix) { CallerWaits = callerWaits };
        device.Add(new FaultRule { Operation = DeviceOperation.Write, Effect = FaultEffect.Short, Bytes = 4096 });
        device.Add(new FaultRule { Operation = DeviceOperation.Write, Effect = FaultEffect.Short, Bytes = 0, Nth = 2 });
        Assert.Equal(IoResult.Fail(IoError.Io), harness.Write(0, 0, new byte[8192]));
        Assert.False(harness.Write(0, 0, new byte[8192]).Failed);
        Assert.Equal(1, store.Statistics().Failures);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(28)]
    [InlineData(19)]
    public void DeviceErrorsComeWithTheirErrno(int errno)
    {
        var error = new IoError(errno);
        using var device = new FaultDevice(StoreDevices.Formatted());
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        foreach (bool callerWaits in (bool[])[true, false])
        {
            harness.CallerWaits = callerWaits;
            Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.Write, () => harness.Write(0, 0, new byte[4096])));
            Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.Read, () => harness.Read(0, 0, new byte[4096])));
        }

        Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.Flush, harness.Flush));
        Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.Discard, () => harness.Discard(0, 0, 4096)));
        Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.WriteZeroes, () => harness.WriteZeroes(0, 0, 4096)));
        Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.WriteZeroes, () => harness.Truncate(0, 4096)));
        Assert.Equal(IoResult.Fail(error), Once(DeviceOperation.WriteZeroes, () => harness.Remove(0)));
        Assert.Equal(9, store.Statistics().Failures);
        Assert.Equal(0, store.Statistics().InFlight);

        IoResult Once(DeviceOperation operation, Func<IoResult> act)
        {
            device.Clear();
            device.Add(new FaultRule { Operation = operation, Error = error });
            return act();
        }
    }

    [Fact]
    public void AnErrorAfterAShortTransferIsTheResult()
    {
        using var device = new FaultDevice(StoreDevices.Formatted());
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        device.Add(new FaultRule { Operation = DeviceOperation.Write, Effect = FaultEffect.Short, Bytes = 4096 });
        device.Add(new FaultRule { Operation = DeviceOperation.Write, Error = IoError.NoSpace, Nth = 2 });
        Assert.Equal(IoResult.Fail(IoError.NoSpace), harness.Write(0, 0, new byte[8192]));
    }

    [Fact]
    public void RangesOutsideTheImageAreEINVAL()
    {
        using MemoryDevice device = StoreDevices.Blank();
        DeviceStore.Format(device, StoreDevices.Small with { LengthBytes = ObjectBytes + 8192 });
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        Assert.False(harness.Write(1, 4096, new byte[4096]).Failed);
        Assert.Equal(IoResult.Ok(8192), harness.Stat(1));
        Assert.Equal(IoResult.Ok(ObjectBytes), harness.Stat(0));
        Assert.Equal(IoError.Invalid, harness.Write(1, 8192, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Write(0, ObjectBytes, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Write(0, ObjectBytes - 4096, new byte[8192]).Error);
        Assert.Equal(IoError.Invalid, harness.Read(2, 0, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Read(-1, 0, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Read(long.MaxValue, 0, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.Read(0, long.MaxValue - 4095, new byte[4096]).Error);
        Assert.Equal(IoError.Invalid, harness.WriteZeroes(0, 4096, long.MaxValue).Error);
        Assert.Equal(IoError.Invalid, harness.Truncate(0, ObjectBytes + 4096).Error);
        Assert.Equal(IoError.Invalid, harness.Truncate(0, 100).Error);
        Assert.False(harness.Truncate(1, ObjectBytes).Failed);
        Assert.Equal(2, harness.List(store.Image.Prefix).Names.Count);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void WhatIsNotWholeBlocksIsEINVAL(int block)
    {
        using MemoryDevice device = StoreDevices.Formatted(block: block);
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        Assert.False(harness.Write(0, block, new byte[block]).Failed);
        Assert.Equal(IoError.Invalid, harness.Write(0, block / 2, new byte[block]).Error);
        Assert.Equal(IoError.Invalid, harness.Write(0, 0, new byte[block + 1]).Error);
        Assert.Equal(IoError.Invalid, harness.Read(0, 1, new byte[block]).Error);
        Assert.Equal(IoError.Invalid, harness.WriteZeroes(0, 0, block - 1).Error);
    }

    [Fact]
    public void FuaReachesTheDeviceAndOrdinaryWritesDoNotCarryIt()
    {
        using var device = new RecordingDevice(StoreDevices.Formatted());
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        harness.Write(0, 0, new byte[4096]);
        harness.Write(1, 8192, new byte[4096], fua: true);
        harness.CallerWaits = true;
        harness.Write(2, 0, new byte[4096], fua: true);
        harness.Flush();
        Assert.Equal([false, true, true, false], device.Log.Select(request => request.Fua));
        Assert.Equal(
            [Mega, Mega + ObjectBytes + 8192, Mega + (2 * ObjectBytes), 0], device.Log.Select(request => (int)request.Offset));
        Assert.Equal(DeviceOperation.Flush, device.Log[3].Operation);
    }

    [Fact]
    public void DiscardIsAlignedInwards()
    {
        using var device = new RecordingDevice(StoreDevices.Formatted(block: 4096));
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        Assert.False(harness.Discard(1, 100, 12288).Failed);
        Assert.False(harness.Discard(1, 100, 4096).Failed);
        RecordedRequest request = Assert.Single(device.Log);
        Assert.Equal(DeviceOperation.Discard, request.Operation);
        Assert.Equal((Mega + ObjectBytes + 4096, 8192), (request.Offset, request.Length));
    }

    [Fact]
    public void ADeviceWithoutDiscardIgnoresIt()
    {
        using MemoryDevice inner = StoreDevices.Formatted();
        DeviceGeometry plain = inner.Geometry with { HasDiscard = false, DiscardZeroes = false };
        using (DeviceStore store = DeviceStore.Open(new GeometryDevice(inner, plain, DeviceOperation.Discard)))
        using (var harness = new BackendHarness(store, store.Image.Prefix))
        {
            Assert.False(store.Capabilities.HasSparse);
            harness.Write(0, 0, Pattern(1, 4096));
            Assert.False(harness.Discard(0, 0, 4096).Failed);
            Assert.Equal(Pattern(1, 4096), harness.ReadBytes(0, 0, 4096));
            Assert.Equal(1, store.Statistics().DiscardsIgnored);
        }

        // A device that claims discard and refuses it: without effect, unless zeros were promised.
        foreach (bool zeroes in (bool[])[false, true])
        {
            var device = new GeometryDevice(inner, inner.Geometry with { DiscardZeroes = zeroes }, DeviceOperation.Discard);
            using DeviceStore store = DeviceStore.Open(device);
            using var harness = new BackendHarness(store, store.Image.Prefix);
            Assert.Equal(zeroes ? IoError.NotSupported : IoError.None, harness.Discard(0, 0, 4096).Error);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1)]
    public void WithoutWriteZeroesBlocksOfZerosAreWritten(int vectorsMax)
    {
        using MemoryDevice inner = StoreDevices.Blank(24 * Mega);
        var device = new GeometryDevice(inner, inner.Geometry with { VectorsMax = vectorsMax }, DeviceOperation.WriteZeroes);
        DeviceStore.Format(device, new DeviceStoreFormatOptions { ObjectSize = 8 * Mega });
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        inner.View(Mega, 23 * Mega).Fill(7);
        Assert.Equal(IoResult.Ok(6 * Mega), harness.WriteZeroes(1, 512, 6 * Mega));
        Span<byte> written = inner.View(9 * Mega, 8 * Mega);
        Assert.Equal(-1, written[..512].IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, written.Slice(512, 6 * Mega).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, written[(512 + (6 * Mega))..].IndexOfAnyExcept((byte)7));
        Assert.False(harness.Remove(0).Failed);
        Assert.Equal(-1, inner.View(Mega, 8 * Mega).IndexOfAnyExcept((byte)0));
        Assert.Equal(2, store.Statistics().ZeroFallbacks);
        // The refusal is asked for once.
        Assert.Equal(1, store.Statistics().DeviceRanges);
    }

    [Fact]
    public void MoreOperationsThanAllowedAreEAGAIN()
    {
        using MemoryDevice inner = StoreDevices.Formatted();
        using var device = new ManualDevice(inner);
        using DeviceStore store = DeviceStore.Open(device, new DeviceStoreOptions { OperationsMax = 3 });
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using BufferList list = harness.ListOf(new byte[512]);
        List<Submission> held = [];
        for (int index = 0; index < 3; index++)
        {
            held.Add(harness.Log.Begin());
            store.Read(new ObjectRead(harness.Target(index), 0, 512), list, held[^1]);
        }

        Assert.Equal(IoError.Again, harness.Write(0, 4096, new byte[512]).Error);
        Assert.Equal(IoError.Again, harness.Flush().Error);
        Assert.Equal(2, store.Statistics().SlotsExhausted);
        Assert.Equal(3, store.Statistics().InFlight);
        device.Release(1);
        Assert.False(harness.Log.Wait(held[1]).Failed);
        Submission next = harness.Log.Begin();
        store.Flush(next);
        device.ReleaseAll();
        Assert.False(harness.Log.Wait(next).Failed);
        Assert.All(held, submission => Assert.False(harness.Log.Wait(submission).Failed));
    }

    [Fact]
    public void MoreSegmentsThanAllowedAreEINVAL()
    {
        using MemoryDevice device = StoreDevices.Formatted();
        using DeviceStore store = DeviceStore.Open(device, new DeviceStoreOptions { SegmentsMax = 2 });
        Assert.Equal(2, store.Capabilities.SegmentsMax);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        Assert.True(harness.Pool.TryRent(out BufferHandle block));
        using BufferList list = BufferList.Rent(harness.Pool);
        for (int part = 0; part < 3; part++)
            list.Append(block, part * 1024, 512);
        Assert.Equal(IoError.Invalid, harness.Write(0, 0, list).Error);
        list.Truncate(1024);
        Assert.Equal(IoResult.Ok(1024), harness.Write(0, 0, list));
        harness.Pool.Release(block);
    }

    [Fact]
    public void BuffersAreMarkedWhileTheDeviceHasThem()
    {
        using MemoryDevice inner = StoreDevices.Formatted();
        using var device = new ManualDevice(inner);
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using BufferList list = harness.ListOf(new byte[4096]);
        Submission submission = harness.Log.Begin();
        store.Write(new ObjectWrite(harness.Target(0), 0, 4096), list, submission);
        Assert.True(harness.Pool.IsInFlight(list[0].Handle));
        device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, harness.Log.Wait(submission).Error);
        Assert.False(harness.Pool.IsInFlight(list[0].Handle));
    }

    [Fact]
    public void AClosedStoreRefusesAndWhatIsUnderWayCompletes()
    {
        using MemoryDevice inner = StoreDevices.Formatted();
        using var device = new ManualDevice(inner);
        DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using BufferList list = harness.ListOf(Pattern(6, 4096));
        Submission submission = harness.Log.Begin();
        store.Write(new ObjectWrite(harness.Target(0), 0, 4096), list, submission);
        store.Dispose();
        Assert.Equal(IoError.Shutdown, harness.Flush().Error);
        Assert.Equal(IoError.Shutdown, harness.Write(0, 0, new byte[512]).Error);
        device.ReleaseAll();
        Assert.Equal(IoResult.Ok(4096), harness.Log.Wait(submission));
        Assert.Equal(Pattern(6, 4096), inner.View(Mega, 4096).ToArray());
        store.Dispose();
    }

    [Fact]
    public void ACompletionMaySubmitTheNextOperation()
    {
        using MemoryDevice device = StoreDevices.Formatted();
        using DeviceStore store = DeviceStore.Open(device, new DeviceStoreOptions { OperationsMax = 1 });
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using var chain = new Chain(store, 500);
        chain.Run();
        Assert.Equal(500, store.Statistics().DeviceFlushes);
        Assert.Equal(0, store.Statistics().SlotsExhausted);
    }

    private static byte[] Pattern(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Flushes again from each completion.</summary>
    private sealed class Chain(DeviceStore store, int count) : ICompletionSink, IDisposable
    {
        private readonly ManualResetEventSlim _done = new();
        private int _left = count;

        public void Run()
        {
            store.Flush(new Submission(this, 0));
            Assert.True(_done.Wait(TimeSpan.FromSeconds(60)));
        }

        public void Complete(ulong token, IoResult result)
        {
            if (--_left > 0 && !result.Failed)
                store.Flush(new Submission(this, token));
            else
                _done.Set();
        }

        public void Dispose() => _done.Dispose();
    }
}
