using Engine.Load;
using Engine.Load.Tests.Running;

namespace Engine.Load.Tests.Verification;

public sealed class VerifierTests : IDisposable
{
    private readonly LoadFixture _fixture = new();

    public VerifierTests() => _fixture.Run(
        new JobDescription { Pattern = AccessPattern.Write, Size = 2 << 20, Verify = true, FlushAtEnd = true });

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void AcceptsWhatAVerifiedJobLeaves()
    {
        FaultReport report = _fixture.Verify();
        Assert.Equal(0, report.Faults);
        Assert.Equal(2 << 20, report.BytesVerified);
    }

    [Fact]
    public void FindsALostSector()
    {
        byte[] old = Read(40);
        _fixture.Run(new JobDescription { Pattern = AccessPattern.Write, Size = 2 << 20, Verify = true, FlushAtEnd = true });
        _fixture.Volume.Write(40 * 512, old);
        Expect(1, 0, 0, "sector 40 lost");
    }

    [Fact]
    public void AnUnflushedSectorMayBeOld()
    {
        byte[] old = Read(40);
        _fixture.Run(new JobDescription { Pattern = AccessPattern.Write, Size = 2 << 20, Verify = true });
        _fixture.Volume.Write(40 * 512, old);
        Assert.Equal(0, _fixture.Verify().Faults);
    }

    [Fact]
    public void FindsAMisplacedSector()
    {
        _fixture.Volume.Write(41 * 512, Read(40));
        Expect(0, 1, 0, "sector 41 misplaced");
    }

    [Fact]
    public void FindsASectorWhereNothingWasWritten()
    {
        _fixture.Volume.Write(6 << 20, Read(40));
        Expect(0, 1, 0, "sector 12288 misplaced");
        FaultReport touched = new Verifier(SideLogContent.Load(_fixture.LogPath)).Run(_fixture.Volume, wholeVolume: false);
        Assert.Equal(0, touched.Faults);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(511)]
    public void FindsADamagedSector(int at)
    {
        byte[] data = Read(40);
        data[at] ^= 1;
        _fixture.Volume.Write(40 * 512, data);
        Expect(0, 0, 1, "sector 40 damaged");
    }

    [Fact]
    public void FindsATornSectorAndZeros()
    {
        byte[] data = Read(40);
        data.AsSpan(256).Clear();
        _fixture.Volume.Write(40 * 512, data);
        _fixture.Volume.Write(50 * 512, new byte[512]);
        Expect(1, 0, 1, "sector 40 damaged");
    }

    [Fact]
    public void FindsAGenerationThatWasNeverSubmitted()
    {
        byte[] data = new byte[512];
        SectorPattern.Fill(data, SideLogContent.Load(_fixture.LogPath).Identity, 40, 1_000_000);
        _fixture.Volume.Write(40 * 512, data);
        Expect(0, 0, 1, "generation 1000000");
    }

    [Fact]
    public void FindsEveryKindAtOnce()
    {
        byte[] old = Read(40);
        _fixture.Run(new JobDescription { Pattern = AccessPattern.Write, Size = 2 << 20, Verify = true, FlushAtEnd = true });
        _fixture.Volume.Write(40 * 512, old);
        _fixture.Volume.Write(42 * 512, Read(41));
        _fixture.Volume.Write(43 * 512, Read(41));
        _fixture.Volume.Write(44 * 512, new byte[3 * 512]);
        Expect(4, 2, 0, "sector 40 lost");
    }

    [Fact]
    public void WhatAnEarlierLogKnewIsNoFaultOfANewOne()
    {
        var job = new JobDescription { Pattern = AccessPattern.RandWrite, Size = 2 << 20, Verify = true, FlushAtEnd = true };
        for (uint i = 0; i < 3; i++)
            _fixture.Run(job with { Seed = 50 + i });
        _fixture.BeginNewLog();
        _fixture.Run(job with { Size = 1 << 20, Pattern = AccessPattern.Write });
        FaultReport report = _fixture.Verify();
        Assert.Equal([], report.Named);
        Assert.Equal((1L << 20, 0L), (report.BytesVerified, report.Absent));
    }

    [Fact]
    public void WhatWasNeverFlushedAndIsNotThereIsCountedApart()
    {
        _fixture.BeginNewLog();
        _fixture.Run(new JobDescription { Pattern = AccessPattern.Write, Size = 1 << 20, Verify = true });
        _fixture.Volume.Write(0, new byte[1 << 19]);
        FaultReport report = _fixture.Verify();
        Assert.Equal([], report.Named);
        Assert.Equal((1L << 19, 1024L), (report.BytesVerified, report.Absent));
    }

    [Fact]
    public void RefusesAnotherVolumesLog()
    {
        using var other = new LoadFixture();
        SideLogException error = Assert.Throws<SideLogException>(
            () => new Verifier(SideLogContent.Load(other.LogPath)).Run(_fixture.Volume));
        Assert.Contains("belongs to volume", error.Message, StringComparison.Ordinal);
    }

    private byte[] Read(long sector)
    {
        byte[] data = new byte[512];
        Assert.Equal(512, _fixture.Volume.Read(sector * 512, data));
        return data;
    }

    private void Expect(int lost, int misplaced, int damaged, string first)
    {
        FaultReport report = _fixture.Verify();
        Assert.Equal((lost, misplaced, damaged), ((int)report.Lost, (int)report.Misplaced, (int)report.Damaged));
        Assert.Contains(first, report.Named[0].ToString(), StringComparison.Ordinal);
    }
}
