// Flushes and FUA writes over a device with a volatile cache and without FUA, held and let go one by one: who shares a flush, and
// whom one that fails concerns.

using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>Flushes and FUA writes over a device with a volatile cache and without FUA of its own.</summary>
public sealed class DeviceFlushTests : IDisposable
{
    private readonly MemoryDevice _memory = new(4 * StoreDevices.Mega, mode: CompletionMode.Manual);
    private readonly ManualDevice _device;
    private readonly DeviceStore _store;
    private readonly BackendHarness _harness;
    private readonly List<BufferList> _lists = [];

    public DeviceFlushTests()
    {
        DeviceStore.Format(_memory, StoreDevices.Small);
        _device = new ManualDevice(new RecordingDevice(_memory, hasFua: false));
        _store = DeviceStore.Open(_device);
        _harness = new BackendHarness(_store, _store.Image.Prefix);
    }

    public void Dispose()
    {
        foreach (BufferList list in _lists)
            list.Dispose();
        _harness.Dispose();
        _store.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void AFuaWriteIsAWriteAndAFlush()
    {
        Submission write = Fua(0);
        Assert.Equal(["Write"], Held());
        Pass();
        Assert.False(_harness.Log.IsDone(write));
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.Equal(IoResult.Ok(512), _harness.Log.Wait(write));
    }

    [Fact]
    public void WhatComesDuringAFlushSharesTheNext()
    {
        Submission[] writes = [Fua(0), Fua(4096), Fua(8192)];
        Pass();
        Submission flush = Flush();
        Pass();
        Pass();
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.True(_harness.Log.IsDone(writes[0]));
        Assert.False(_harness.Log.IsDone(flush) || _harness.Log.IsDone(writes[1]) || _harness.Log.IsDone(writes[2]));
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.All([writes[1], writes[2], flush], each => Assert.False(_harness.Log.Wait(each).Failed));
        Assert.Empty(Held());
        Assert.Equal(2, _store.Statistics().DeviceFlushes);
    }

    [Fact]
    public void AFailedFlushOfAFuaWriteIsToldToTheNextFlush()
    {
        Submission write = Fua(0);
        Pass();
        _device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, _harness.Log.Wait(write).Error);

        // A FUA write that begins now has lost nothing, and it is no flush of the store.
        Submission later = Fua(0);
        Pass();
        Pass();
        Assert.False(_harness.Log.Wait(later).Failed);
        Submission flush = Flush();
        Pass();
        Assert.Equal(IoError.Io, _harness.Log.Wait(flush).Error);
        flush = Flush();
        Pass();
        Assert.False(_harness.Log.Wait(flush).Failed);
    }

    /// <summary>Its bytes may have been in the cache that was lost, though the flush after it was good.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFuaWriteThatBeganBeforeAFlushFailedFails(bool isDoneBefore)
    {
        Submission flush = Flush();
        Submission write = Fua(0);
        if (isDoneBefore)
            Pass(1);
        _device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, _harness.Log.Wait(flush).Error);
        if (!isDoneBefore)
            Pass();
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.Equal(IoError.Io, _harness.Log.Wait(write).Error);

        write = Fua(0);
        Pass();
        Pass();
        Assert.False(_harness.Log.Wait(write).Failed);
        flush = Flush();
        Pass();
        Assert.False(_harness.Log.Wait(flush).Failed);
    }

    [Fact]
    public void AFlushThatWaitedForAFailedOneFails()
    {
        Submission first = Flush();
        Submission second = Flush();
        _device.Fail(0, IoError.NoSpace);
        Assert.Equal(IoError.NoSpace, _harness.Log.Wait(first).Error);
        Pass();
        Assert.Equal(IoError.NoSpace, _harness.Log.Wait(second).Error);
    }

    /// <summary>Nobody above may take it for a flush that never began.</summary>
    [Fact]
    public void ARefusalByTheDeviceIsAFailure()
    {
        Submission flush = Flush();
        _device.Fail(0, IoError.Again);
        Assert.Equal(IoError.Io, _harness.Log.Wait(flush).Error);
        Assert.Equal(1, _store.Statistics().Failures);
    }

    [Fact]
    public void AFuaWriteWhoseDataFailedLeavesTheNextFlushAlone()
    {
        Submission write = Fua(0);
        _device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, _harness.Log.Wait(write).Error);
        Submission flush = Flush();
        Pass();
        Assert.False(_harness.Log.Wait(flush).Failed);
    }

    /// <summary>What lies below a device that says it has FUA may flush for it all the same.</summary>
    [Fact]
    public void AFuaWriteThatTheDeviceFailedIsToldToTheNextFlush()
    {
        using var memory = new MemoryDevice(4 * StoreDevices.Mega, mode: CompletionMode.Manual);
        DeviceStore.Format(memory, StoreDevices.Small);
        using var device = new ManualDevice(memory);
        using DeviceStore store = DeviceStore.Open(device);
        using var harness = new BackendHarness(store, store.Image.Prefix);
        using BufferList first = harness.ListOf(new byte[512]);
        using BufferList second = harness.ListOf(new byte[512]);
        Submission[] all = [harness.Log.Begin(), harness.Log.Begin(), harness.Log.Begin(), harness.Log.Begin()];
        store.Write(new ObjectWrite(harness.Target(0), 0, 512) { Fua = true }, first, all[0]);
        store.Write(new ObjectWrite(harness.Target(0), 4096, 512) { Fua = true }, second, all[1]);
        Assert.All(device.Held, request => Assert.True(request.Fua));
        device.Fail(0, IoError.Io);
        device.ReleaseAll();
        store.Flush(all[2]);
        memory.Pump();
        device.ReleaseAll();
        memory.Pump();
        Assert.All(all[..3], each => Assert.Equal(IoError.Io, harness.Log.Wait(each).Error));
        store.Flush(all[3]);
        device.ReleaseAll();
        memory.Pump();
        Assert.False(harness.Log.Wait(all[3]).Failed);
    }

    private Submission Fua(long offset)
    {
        BufferList list = _harness.ListOf(new byte[512]);
        _lists.Add(list);
        Submission submission = _harness.Log.Begin();
        _store.Write(new ObjectWrite(_harness.Target(0), offset, 512) { Fua = true }, list, submission);
        return submission;
    }

    private Submission Flush()
    {
        Submission submission = _harness.Log.Begin();
        _store.Flush(submission);
        return submission;
    }

    private string[] Held() => [.. _device.Held.Select(request => request.Fua ? "FUA" : request.Operation.ToString())];

    private void Pass(int index = 0)
    {
        _device.Release(index);
        Assert.Equal(1, _memory.Pump());
    }
}
