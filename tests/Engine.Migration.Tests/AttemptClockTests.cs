using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Attempts covering one dirfrag grow, whoever owns it and however often it restarts.</summary>
public sealed class AttemptClockTests
{
    [Fact]
    public void ANewOwnerAndANewLifeNumberHigher()
    {
        AttemptClock exporter = new(mapEpoch: 3);
        ulong first = exporter.Take();
        AttemptClock importer = new(mapEpoch: 1);
        importer.Observe(first);
        ulong second = importer.Take();
        Assert.True(second > first);

        // The importer dies; whoever has its rank next was given it by a later map, and need not have heard of any attempt.
        AttemptClock heir = new(mapEpoch: 4);
        Assert.True(heir.Take() > second);
    }

    [Fact]
    public void WhatIsOldChangesNothing()
    {
        AttemptClock clock = new(mapEpoch: 2);
        ulong taken = clock.Take();
        clock.Observe(taken - 1);
        Assert.Equal(taken, clock.Last);
        Assert.Equal(taken + 1, clock.Take());
    }
}
