namespace Engine.Metadata.Tests.Names;

public sealed class DecayCounterTests
{
    private const long Second = 1_000_000;
    private static readonly DecayRate s_rate = new(DecayRate.HalfLifeSecondsDefault);

    [Fact]
    public void MG009_HalvesInAHalfLifeInStepsOfASecondAndEndsAtZero()
    {
        DecayCounter counter = default;
        counter.Hit(0, s_rate, 60);
        counter.Hit(0, s_rate, 40);
        Assert.Equal(100, counter.Read(Second - 1, s_rate));
        Assert.Equal(50, counter.Read(5 * Second, s_rate), 1e-9);
        Assert.Equal(25, counter.Read(10 * Second, s_rate), 1e-9);
        Assert.True(counter.Read(65 * Second, s_rate) > 0.01);
        Assert.Equal(0, counter.Read(72 * Second, s_rate));
    }

    [Fact]
    public void MG009_StepsCompose()
    {
        DecayCounter fine = default;
        DecayCounter coarse = default;
        fine.Hit(3 * Second, s_rate, 1000);
        coarse.Hit(3 * Second, s_rate, 1000);
        for (int i = 4; i <= 33; i++)
            fine.Read(i * Second, s_rate);
        Assert.Equal(coarse.Read(33 * Second, s_rate), fine.Read(33 * Second, s_rate), 1e-9);
    }

    [Fact]
    public void ALoadVectorWeighsItsCounts()
    {
        LoadVector load = default;
        foreach (LoadKind kind in Enum.GetValues<LoadKind>())
            load.Hit(kind, 0, s_rate);
        Assert.Equal(1 + 2 + 1 + 2 + 4, load.MetaLoad(0, s_rate));
        load.Clear();
        Assert.Equal(0, load.MetaLoad(0, s_rate));
    }

    [Fact]
    public void WhatASubtreeAddedIsTakenOffAgain()
    {
        LoadVector above = default;
        LoadVector subtree = default;
        above.Hit(LoadKind.Write, 0, s_rate, 8);
        subtree.Hit(LoadKind.Write, 0, s_rate, 4);
        above.Add(ref subtree, Second, s_rate);
        above.Subtract(ref subtree, 5 * Second, s_rate);
        Assert.Equal(4, above.Read(LoadKind.Write, 5 * Second, s_rate), 1e-9);
        above.Subtract(ref subtree, 5 * Second, s_rate);
        above.Subtract(ref subtree, 5 * Second, s_rate);
        above.Subtract(ref subtree, 5 * Second, s_rate);
        Assert.Equal(0, above.Read(LoadKind.Write, 5 * Second, s_rate));
    }
}
