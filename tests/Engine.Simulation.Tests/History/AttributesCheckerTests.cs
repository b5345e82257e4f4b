// Histories of attributes whose verdict is known: each rule of the model has one that keeps it and one that breaks it.
namespace Engine.Simulation.Tests;

public class AttributesCheckerTests
{
    private const ulong Ino = 5;
    private const long Unseen = AttributesState.Unseen;
    private const long Never = HistoryEntry<AttributeOperation>.Never;

    [Fact]
    public void OneAfterTheOtherIsAccepted() => Accepts(
        Make(mode: 6, size: 0, modified: 10),
        Read(mode: 6, size: 0, modified: 10),
        Set(mode: 4), Read(mode: 4, size: 0, modified: 10),
        Set(modified: 30), Read(mode: 4, size: 0, modified: 30),
        Set(size: 9, modified: 40), Read(mode: 4, size: 9, modified: 40),
        Flush(size: 20, modified: 50), Read(mode: 4, size: 20, modified: 50));

    [Fact]
    public void WhatWasSetIsSeen()
    {
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(mode: 4), Read(mode: 6, size: 0, modified: 10));
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(size: 9, modified: 30), Read(mode: 6, size: 0, modified: 30));
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(modified: 30), Read(mode: 6, size: 0, modified: 10));
        Rejects(Make(mode: 6, size: 0, modified: 10), Read(mode: 4, size: 0, modified: 10));
    }

    [Fact]
    public void WhatWasNotSetStays()
    {
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(mode: 4), Read(mode: 4, size: 7, modified: 10));
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(mode: 4), Read(mode: 4, size: 0, modified: 11));
        Rejects(Make(mode: 6, size: 0, modified: 10), Set(modified: 30), Read(mode: 4, size: 0, modified: 30));
        Rejects(Make(mode: 6, size: 0, modified: 10), Flush(size: 7, modified: 30), Read(mode: 4, size: 7, modified: 30));
    }

    [Fact]
    public void AllOfAChangeHappensAtOnce()
    {
        AttributeOperation change = Set(mode: 4, size: 9, modified: 30);
        Accepts(Make(mode: 6, size: 0, modified: 10), change, Read(mode: 4, size: 9, modified: 30));
        Rejects(Make(mode: 6, size: 0, modified: 10), change, Read(mode: 4, size: 0, modified: 10));

        // While it is under way, too.
        AttributeOperation made = Make(mode: 6, size: 0, modified: 10);
        Accepts(At(made, 0, 1), At(change, 2, 9), At(Read(mode: 6, size: 0, modified: 10), 3, 4),
            At(Read(mode: 4, size: 9, modified: 30), 5, 6));
        Rejects(At(made, 0, 1), At(change, 2, 9), At(Read(mode: 4, size: 0, modified: 10), 3, 4));
        Rejects(At(made, 0, 1), At(change, 2, 9), At(Read(mode: 4, size: 9, modified: 30), 3, 4),
            At(Read(mode: 6, size: 0, modified: 10), 5, 6));
    }

    /// <summary>Two changes under way at once happen in one order, the same for all who look.</summary>
    [Fact]
    public void ReadersAgreeOnTheOrder()
    {
        AttributeOperation made = Make(mode: 6, size: 0, modified: 10);
        HistoryEntry<AttributeOperation>[] both = [At(made, 0, 1), At(Set(mode: 4), 2, 20), At(Set(mode: 2), 2, 20)];
        AttributeOperation four = Read(mode: 4, size: 0, modified: 10);
        AttributeOperation two = Read(mode: 2, size: 0, modified: 10);
        Accepts([.. both, At(four, 3, 4), At(two, 5, 6)]);
        Accepts([.. both, At(two, 3, 4), At(four, 5, 6)]);
        Rejects([.. both, At(four, 3, 4), At(two, 5, 6), At(four, 7, 8)]);
    }

    [Fact]
    public void AnInodeIsMadeOnceAndFirst()
    {
        AttributeOperation made = Make(mode: 6, size: 0, modified: Unseen);
        Rejects(made, made);
        Rejects(Set(mode: 4), made);
        Accepts(made, Read(mode: 6, size: 0, modified: 77));
    }

    /// <summary>Whose length is set is modified, nobody knows when; what is seen first settles it.</summary>
    [Fact]
    public void WhatIsNotKnownIsSettledBySight()
    {
        AttributeOperation made = Make(mode: 6, size: 0, modified: 10);
        Accepts(made, Set(size: 9), Read(mode: 6, size: 9, modified: 77), Read(mode: 6, size: 9, modified: 77));
        Rejects(made, Set(size: 9), Read(mode: 6, size: 9, modified: 77), Read(mode: 6, size: 9, modified: 78));
        Accepts(Read(mode: 6, size: 3, modified: 10), Read(mode: 6, size: 3, modified: 10));
        Rejects(Read(mode: 6, size: 3, modified: 10), Read(mode: 6, size: 4, modified: 10));
    }

    [Fact]
    public void AFlushMakesNothingShorterOrOlder()
    {
        AttributeOperation made = Make(mode: 6, size: 10, modified: 100);
        Accepts(made, Flush(size: 5, modified: 50), Read(mode: 6, size: 10, modified: 100));
        Accepts(made, Flush(size: 15, modified: 50), Read(mode: 6, size: 15, modified: 100));
        Accepts(made, Flush(size: 15, modified: Unseen), Read(mode: 6, size: 15, modified: 123));
        Rejects(made, Flush(size: 5, modified: 50), Read(mode: 6, size: 5, modified: 100));
        Rejects(made, Flush(size: 15, modified: 150), Read(mode: 6, size: 10, modified: 100));
        Rejects(made, Flush(size: 15, modified: 150), Read(mode: 6, size: 15, modified: 100));

        // A change that is asked for may make it shorter again.
        Accepts(made, Flush(size: 15, modified: 150), Set(size: 2, modified: 160), Read(mode: 6, size: 2, modified: 160));
    }

    [Fact]
    public void WhatWasNotAnsweredHappenedOnceOrNever()
    {
        HistoryEntry<AttributeOperation> open = At(Set(mode: 4) with { Ino = 0 }, 0, Never);
        AttributeOperation made = Make(mode: 6, size: 0, modified: 10);
        AttributeOperation six = Read(mode: 6, size: 0, modified: 10);
        AttributeOperation four = Read(mode: 4, size: 0, modified: 10);
        Accepts([open, .. Sequence(made, six, six)]);
        Accepts([open, .. Sequence(made, six, four)]);
        Rejects([open, .. Sequence(made, four, six)]);
        Rejects([open, .. Sequence(made, six, Read(mode: 2, size: 0, modified: 10))]);

        // After it expired it does not happen any more: the first reads are over by then.
        Accepts([open with { ExpiredAt = 6 }, .. Sequence(made, six, four)]);
        Rejects([open with { ExpiredAt = 4 }, .. Sequence(made, six, six, six, four)]);
    }

    /// <summary>One that went by name may have been done to any inode, and those that were answered to theirs alone.</summary>
    [Fact]
    public void InodesAreJudgedOneByOne()
    {
        AttributeOperation made = Make(mode: 6, size: 0, modified: 10);
        AttributeOperation other = Make(mode: 2, size: 0, modified: 10) with { Ino = 6 };
        AttributeOperation seen = Read(mode: 4, size: 0, modified: 10) with { Ino = 6 };
        AttributeOperation unchanged = Read(mode: 6, size: 0, modified: 10);
        HistoryEntry<AttributeOperation>[] entries = Sequence(made, other, Set(mode: 4) with { Ino = 6 }, seen, unchanged);
        Assert.Equal(LinearizabilityVerdict.Accepted, Check(out int inodes, out _, entries));
        Assert.Equal(2, inodes);
        Assert.Equal(LinearizabilityVerdict.Rejected, Check(out _, out ulong ino, Sequence(made, other, Set(mode: 4), seen)));
        Assert.Equal(6UL, ino);
        HistoryEntry<AttributeOperation> open = At(Set(mode: 4) with { Ino = 0 }, 0, Never);
        Assert.Equal(LinearizabilityVerdict.Accepted, Check(out _, out _, [open, .. Sequence(made, other, seen)]));
    }

    private static AttributeOperation Make(long mode, long size, long modified) =>
        new(AttributeAction.Make, Ino, new AttributesState(mode, size, modified), AttributesState.None);

    private static AttributeOperation Set(long mode = Unseen, long size = Unseen, long modified = Unseen) =>
        new(AttributeAction.Set, Ino, new AttributesState(mode, size, modified), AttributesState.None);

    private static AttributeOperation Flush(long size, long modified) =>
        new(AttributeAction.Flush, Ino, new AttributesState(Unseen, size, modified), AttributesState.None);

    private static AttributeOperation Read(long mode, long size, long modified) =>
        new(AttributeAction.Read, Ino, AttributesState.None, new AttributesState(mode, size, modified));

    private static HistoryEntry<AttributeOperation> At(AttributeOperation operation, long from, long to) =>
        new(operation, from, to);

    private static HistoryEntry<AttributeOperation>[] Sequence(params AttributeOperation[] operations) =>
        [.. operations.Select((operation, i) => At(operation, 2 * i, (2 * i) + 1))];

    private static LinearizabilityVerdict Check(
        out int inodes, out ulong ino, params HistoryEntry<AttributeOperation>[] entries) =>
        AttributesChecker.Check(entries, out inodes, out _, out ino);

    private static void Accepts(params AttributeOperation[] operations) => Accepts(Sequence(operations));

    private static void Accepts(params HistoryEntry<AttributeOperation>[] entries) =>
        Assert.Equal(LinearizabilityVerdict.Accepted, Check(out _, out _, entries));

    private static void Rejects(params AttributeOperation[] operations) => Rejects(Sequence(operations));

    private static void Rejects(params HistoryEntry<AttributeOperation>[] entries) =>
        Assert.Equal(LinearizabilityVerdict.Rejected, Check(out _, out _, entries));
}
