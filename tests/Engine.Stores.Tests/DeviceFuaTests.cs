// FUA writes that a device makes durable itself, held and let go one by one. One that failed counts as a flush that failed: what
// lies below a device that says it has FUA may flush for it all the same.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests;

/// <summary>FUA writes over a device with a volatile cache and FUA of its own.</summary>
public sealed class DeviceFuaTests : HeldStore
{
    public DeviceFuaTests()
        : base(memory => new RecordingDevice(memory, hasFua: true))
    {
    }

    [Fact]
    public void AFailedFuaWriteIsToldToThoseUnderWayAndToTheNextFlush()
    {
        Submission[] writes = [Fua(0), Fua(4096)];
        Assert.Equal(["FUA", "FUA"], Held());
        Device.Fail(0, IoError.Io);
        Pass();
        Submission flush = Flush();
        Pass();
        Assert.All([.. writes, flush], each => Assert.Equal(IoError.Io, Log.Wait(each).Error));
        Assert.Equal(3, Store.Statistics().Failures);
        flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
    }

    /// <summary>It failed below before the device was flushed, and that is heard only now.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFlushWaitsForTheFuaWritesUnderWay(bool fails)
    {
        Submission[] writes = [Fua(0), Fua(4096)];
        Submission flush = Flush();
        Pass(2);
        Assert.False(Log.IsDone(flush));
        Pass(1);
        Assert.False(Log.Wait(writes[1]).Failed);
        Assert.False(Log.IsDone(flush));
        if (fails)
            Device.Fail(0, IoError.Io);
        else
            Pass();
        IoError expected = fails ? IoError.Io : IoError.None;
        Assert.Equal(expected, Log.Wait(writes[0]).Error);
        Assert.Equal(expected, Log.Wait(flush).Error);
    }

    /// <summary>Its bytes may have been in the cache that was lost; one that begins now has lost nothing.</summary>
    [Fact]
    public void AFuaWriteThatBeganBeforeAFlushFailedFails()
    {
        Submission[] writes = [Fua(0), Fua(4096)];
        Submission flush = Flush();
        Device.Fail(2, IoError.Io);
        Assert.False(Log.IsDone(flush));
        Submission later = Fua(8192);
        Pass();
        Pass();
        Pass();
        Assert.All([.. writes, flush], each => Assert.Equal(IoError.Io, Log.Wait(each).Error));
        Assert.False(Log.Wait(later).Failed);
        flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
    }

    [Fact]
    public void AFlushWaitsForNoFuaWriteThatBeganWhenTheDeviceHadDoneIt()
    {
        Submission first = Fua(0);
        Submission flush = Flush();
        Submission next = Flush();
        Pass(1);
        Submission later = Fua(4096);
        Pass();
        Assert.False(Log.Wait(first).Failed);
        Assert.False(Log.Wait(flush).Failed);
        Assert.Equal(["FUA", "Flush"], Held());
        Pass(1);
        Assert.False(Log.IsDone(next));
        Pass();
        Assert.False(Log.Wait(later).Failed);
        Assert.False(Log.Wait(next).Failed);
    }

    /// <summary>The device may have begun, and nobody above may take it for a flush that never began.</summary>
    [Theory]
    [InlineData(nameof(IoError.Again))]
    [InlineData(nameof(IoError.Shutdown))]
    public void WhatADeviceRefusesLaterMayHaveBegun(string name)
    {
        IoError refusal = name == nameof(IoError.Again) ? IoError.Again : IoError.Shutdown;
        Submission write = Fua(0);
        Device.Fail(0, refusal);
        Assert.Equal(refusal, Log.Wait(write).Error);
        Submission flush = Flush();
        Pass();
        Assert.Equal(IoError.Io, Log.Wait(flush).Error);
    }

    [Theory]
    [InlineData(nameof(IoError.Invalid))]
    [InlineData(nameof(IoError.ReadOnly))]
    public void ARefusalForItsFormConcernsNobodyElse(string name)
    {
        IoError refusal = name == nameof(IoError.Invalid) ? IoError.Invalid : IoError.ReadOnly;
        Submission[] writes = [Fua(0), Fua(4096)];
        Device.Fail(0, refusal);
        Assert.Equal(refusal, Log.Wait(writes[0]).Error);
        Pass();
        Assert.False(Log.Wait(writes[1]).Failed);
        Submission flush = Flush();
        Pass();
        Assert.False(Log.Wait(flush).Failed);
    }

    /// <summary>A caller that waits does its own requests; but <c>Execute</c> writes through by a flush of the whole cache
    /// (block/fops.c).</summary>
    [Fact]
    public void AFuaWriteIsSubmittedThoughItsCallerWaits()
    {
        Submission write = Fua(0, callerWaits: true);
        Assert.Equal(["FUA"], Held());
        Pass();
        Assert.False(Log.Wait(write).Failed);
    }
}
