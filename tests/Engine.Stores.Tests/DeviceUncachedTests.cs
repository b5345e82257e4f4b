using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores.Tests;

/// <summary>FUA writes over a device without a volatile cache: there is nothing that one that failed could have lost.</summary>
public sealed class DeviceUncachedTests : HeldStore
{
    public DeviceUncachedTests()
        : base(memory => memory)
    {
    }

    [Fact]
    public void AFailedFuaWriteConcernsNobodyElse()
    {
        Submission[] writes = [Fua(0), Fua(4096)];
        Submission flush = Flush();
        Assert.Equal(["FUA", "FUA", "Flush"], Held());
        Device.Fail(0, IoError.Io);
        Assert.Equal(IoError.Io, Log.Wait(writes[0]).Error);
        Pass(1);
        Assert.False(Log.Wait(flush).Failed);
        Pass();
        Assert.False(Log.Wait(writes[1]).Failed);
        Assert.Equal(1, Store.Statistics().Failures);
    }
}
