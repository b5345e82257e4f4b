// Flushes and FUA writes over a device with a volatile cache and without FUA, held and let go one by one: who shares a flush, and
// whom one that fails concerns.

using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>Flushes and FUA writes over a device with a volatile cache and without FUA of its own.</summary>
public sealed class DeviceFlushTests : HeldStore
{
    public DeviceFlushTests()
        : base(memory => new RecordingDevice(memory, hasFua: false))
    {
    }

    [Fact]
    public void AFuaWriteIsAWriteAndAFlush()
    {
        Submission write = Fua(0);
        Assert.Equal(["Write"], Held());
        Pass();
        Assert.False(Log.IsDone(write));
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.Equal(IoResult.Ok(512), Log.Wait(write));
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
        Assert.True(Log.IsDone(writes[0]));
        Assert.False(Log.IsDone(flush) || Log.IsDone(writes[1]) || Log.IsDone(writes[2]));
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.All([writes[1], writes[2], flush], each => Assert.False(Log.Wait(each).Failed));
        Assert.Empty(Held());
        Assert.Equal(2, Store.Statistics().DeviceFlushes);
    }

    [Fact]
    public void AFailedFlushOfAFuaWriteIsToldToTheNextFlush()
    {
        Submission write = Fua(0);
        Pass();
        Device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, Log.Wait(write).Error);

        // A FUA write that begins now has lost nothing, and it is no flush of the store.
        Submission later = Fua(0);
        Pass();
        Pass();
        Assert.False(Log.Wait(later).Failed);
        Submission flush = Flush();
        Pass();
        Assert.Equal(IoError.Io, Log.Wait(flush).Error);
        flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
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
        Device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, Log.Wait(flush).Error);
        if (!isDoneBefore)
            Pass();
        Assert.Equal(["Flush"], Held());
        Pass();
        Assert.Equal(IoError.Io, Log.Wait(write).Error);

        write = Fua(0);
        Pass();
        Pass();
        Assert.False(Log.Wait(write).Failed);
        flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
    }

    [Fact]
    public void AFlushThatWaitedForAFailedOneFails()
    {
        Submission first = Flush();
        Submission second = Flush();
        Device.Fail(0, IoError.NoSpace);
        Assert.Equal(IoError.NoSpace, Log.Wait(first).Error);
        Pass();
        Assert.Equal(IoError.NoSpace, Log.Wait(second).Error);
    }

    /// <summary>Nobody above may take it for a flush that never began.</summary>
    [Fact]
    public void ARefusalByTheDeviceIsAFailure()
    {
        Submission flush = Flush();
        Device.Fail(0, IoError.Again);
        Assert.Equal(IoError.Io, Log.Wait(flush).Error);
        Assert.Equal(1, Store.Statistics().Failures);
    }

    [Fact]
    public void AFuaWriteWhoseDataFailedLeavesTheNextFlushAlone()
    {
        Submission write = Fua(0);
        Device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, Log.Wait(write).Error);
        Submission flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
    }
}
