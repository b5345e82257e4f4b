using Engine.Load;

namespace Engine.Load.Tests.Verification;

public sealed class VerifiedImageTests : IDisposable
{
    private static readonly Guid s_volume = new("11111111-2222-3333-4444-555555555555");

    private readonly string _path =
        Path.Combine(Path.GetTempPath(), $"engine-image-{Environment.ProcessId}-{Path.GetRandomFileName()}");
    private readonly VerifiedImage _image;
    private readonly byte[] _data = new byte[512];

    public VerifiedImageTests() => _image = VerifiedImage.Open(_path, s_volume, 1 << 20);

    public void Dispose()
    {
        _image.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void AReadReturnsTheLastCompletedWriteAndNothingOlder()
    {
        Write(5);
        byte[] old = [.. _data];
        Write(5);
        Assert.Equal((1, 0), Read(5, _data));
        Assert.Equal((0, 1), Read(5, old));
    }

    [Fact]
    public void AReadBesideAWriteInFlightMayReturnEither()
    {
        Write(5);
        byte[] old = [.. _data];
        Assert.True(_image.TryBeginWrite(5, 1, out WriteTicket ticket));
        _image.Fill(ticket, _data);
        Assert.Equal((1, 0), Read(5, old));
        Assert.Equal((1, 0), Read(5, _data));
        _image.EndWrite(ticket, ok: true);
        Assert.Equal((0, 1), Read(5, old));
    }

    [Fact]
    public void AReadThatBeganBeforeAWriteCompletedMayReturnTheOldContent()
    {
        Write(5);
        byte[] old = [.. _data];
        var expected = new SectorExpectation[1];
        _image.BeginRead(5, expected);
        Write(5);
        var report = new FaultReport();
        _image.EndRead(5, old, expected, report);
        Assert.Equal(1, report.Good);
    }

    [Fact]
    public void AMixtureIsNoFaultOnlyWhileAWriteIsInFlight()
    {
        Write(5);
        byte[] mixture = [.. _data];
        Assert.True(_image.TryBeginWrite(5, 1, out WriteTicket ticket));
        _image.Fill(ticket, _data);
        _data.AsSpan(256).CopyTo(mixture.AsSpan(256));
        Assert.Equal((0, 0), Read(5, mixture));
        _image.EndWrite(ticket, ok: true);
        Assert.Equal((0, 1), Read(5, mixture));
    }

    [Fact]
    public void ASectorTakesOneWriteAtATime()
    {
        Assert.True(_image.TryBeginWrite(4, 4, out WriteTicket first));
        Assert.False(_image.TryBeginWrite(7, 4, out _));
        Assert.True(_image.TryBeginWrite(8, 4, out WriteTicket second));
        _image.EndWrite(first, ok: true);
        _image.EndWrite(second, ok: true);
        Assert.True(_image.TryBeginWrite(4, 8, out _));
    }

    [Fact]
    public void NamesTheFirstFaults()
    {
        Write(5);
        byte[] zeros = new byte[512];
        Assert.Equal((0, 1), Read(5, zeros));
        var report = new FaultReport();
        for (int i = 0; i < 30; i++)
            report.Add(new SectorFault(SectorState.Lost, i, 2, 3, "zeros"));
        Assert.Equal(30, report.Lost);
        Assert.Equal(10, report.Named.Count);
        Assert.Equal("sector 0 lost: expected generation 2 to 3, found zeros", report.Named[0].ToString());
    }

    [Fact]
    public void UnwrittenSectorsCountNeitherGoodNorBad() => Assert.Equal((0, 0), Read(9, new byte[512]));

    private void Write(long sector)
    {
        Assert.True(_image.TryBeginWrite(sector, 1, out WriteTicket ticket));
        _image.Fill(ticket, _data);
        _image.EndWrite(ticket, ok: true);
    }

    private (int Good, int Faults) Read(long sector, byte[] content)
    {
        var report = new FaultReport();
        var expected = new SectorExpectation[1];
        _image.BeginRead(sector, expected);
        _image.EndRead(sector, content, expected, report);
        return ((int)report.Good, (int)report.Faults);
    }
}
