using Engine.Load;

namespace Engine.Load.Tests.Verification;

public sealed class SectorPatternTests
{
    private static readonly PatternIdentity s_volume = new(new("11111111-2222-3333-4444-555555555555"), 9);

    [Fact]
    public void SectorsTellWhereTheyComeFrom()
    {
        byte[] data = new byte[3 * 512];
        SectorPattern.Fill(data, s_volume, 40, 7);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(SectorPattern.TryRead(data.AsSpan(i * 512, 512), out SectorHeader header));
            Assert.Equal(new SectorHeader(s_volume, 40 + i, 7), header);
        }

        Assert.NotEqual(data[48..512], data[560..1024]);
    }

    [Fact]
    public void EveryFlippedBitIsDamage()
    {
        byte[] data = new byte[512];
        for (int bit = 0; bit < 512 * 8; bit++)
        {
            SectorPattern.Fill(data, s_volume, 40, 7);
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(SectorState.Damaged, SectorPattern.Judge(data, s_volume, 40, 7, 7));
        }
    }

    [Theory]
    [InlineData(4, 6, SectorState.Lost)]
    [InlineData(4, 6, SectorState.Good, 4)]
    [InlineData(4, 6, SectorState.Good, 5)]
    [InlineData(4, 6, SectorState.Good, 6)]
    [InlineData(4, 6, SectorState.Damaged, 7)]
    [InlineData(0, 6, SectorState.Good, 1)]
    [InlineData(0, 6, SectorState.Damaged, 7)]
    public void AcceptsExactlyOldestToNewest(uint oldest, uint newest, SectorState expected, uint generation = 3)
    {
        byte[] data = new byte[512];
        SectorPattern.Fill(data, s_volume, 40, generation);
        Assert.Equal(expected, SectorPattern.Judge(data, s_volume, 40, oldest, newest));
    }

    [Fact]
    public void AnotherSectorsContentIsMisplacedEvenWhereNothingWasWritten()
    {
        byte[] data = new byte[512];
        SectorPattern.Fill(data, s_volume, 41, 5);
        Assert.Equal(SectorState.Misplaced, SectorPattern.Judge(data, s_volume, 40, 4, 6));
        Assert.Equal(SectorState.Misplaced, SectorPattern.Judge(data, s_volume, 40, 0, 0));
        Assert.Contains("sector 41 generation 5", SectorPattern.Describe(data, s_volume), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasThereBeforeTheFirstFlushIsAbsentAndAfterItLostOrDamage()
    {
        byte[] zeros = new byte[512];
        byte[] foreign = new byte[512];
        SectorPattern.Fill(foreign, s_volume with { Volume = Guid.Empty }, 40, 5);
        foreach (byte[] data in new[] { zeros, foreign })
            Assert.Equal(SectorState.Absent, SectorPattern.Judge(data, s_volume, 40, 0, 6));
        Assert.Equal(SectorState.Lost, SectorPattern.Judge(zeros, s_volume, 40, 1, 6));
        Assert.Equal(SectorState.Damaged, SectorPattern.Judge(foreign, s_volume, 40, 1, 6));
    }

    [Fact]
    public void AnEarlierLogsPatternIsJudgedOnlyWhereThisLogFlushed()
    {
        byte[] data = new byte[512];
        SectorPattern.Fill(data, s_volume with { Log = 8 }, 40, 1598);
        Assert.Equal(SectorState.Good, SectorPattern.Judge(data, s_volume, 40, 0, 0));
        Assert.Equal(SectorState.Absent, SectorPattern.Judge(data, s_volume, 40, 0, 3));
        Assert.Equal(SectorState.Lost, SectorPattern.Judge(data, s_volume, 40, 2, 3));
        Assert.Equal(SectorState.Good, SectorPattern.Judge(data, s_volume, 41, 0, 0));
        Assert.Equal(SectorState.Misplaced, SectorPattern.Judge(data, s_volume, 41, 2, 3));
        Assert.Contains("earlier side log", SectorPattern.Describe(data, s_volume), StringComparison.Ordinal);
        data.AsSpan(256).Clear();
        Assert.Equal(SectorState.Good, SectorPattern.Judge(data, s_volume, 40, 0, 0));
        Assert.Equal(SectorState.Damaged, SectorPattern.Judge(data, s_volume, 40, 0, 3));
    }

    [Fact]
    public void ATornSectorOfThisVolumeIsDamageEvenBeforeTheFirstFlush()
    {
        byte[] data = new byte[512];
        SectorPattern.Fill(data, s_volume, 40, 5);
        data.AsSpan(256).Clear();
        Assert.Equal(SectorState.Damaged, SectorPattern.Judge(data, s_volume, 40, 0, 6));
        Assert.Contains("torn", SectorPattern.Describe(data, s_volume), StringComparison.Ordinal);
    }
}
