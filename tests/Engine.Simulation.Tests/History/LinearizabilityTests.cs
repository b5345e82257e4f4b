// The checker against histories whose verdict is known, and against the definition itself on small random ones.
using Engine.Buffers;

namespace Engine.Simulation.Tests;

public class LinearizabilityTests
{
    [Fact]
    public void OneAfterTheOtherIsAccepted() => Assert.Equal(
        LinearizabilityVerdict.Accepted,
        Register((true, 1, 0, 1), (false, 1, 2, 3), (true, 2, 4, 5), (false, 2, 6, 7)));

    [Fact]
    public void AnEmptyHistoryIsAccepted() => Assert.Equal(LinearizabilityVerdict.Accepted, Register());

    [Fact]
    public void AStaleReadIsRejected() => Assert.Equal(
        LinearizabilityVerdict.Rejected, Register((true, 1, 0, 1), (true, 2, 2, 3), (false, 1, 4, 5)));

    [Fact]
    public void AReadOfWhatNobodyWroteIsRejected() =>
        Assert.Equal(LinearizabilityVerdict.Rejected, Register((true, 1, 0, 1), (false, 9, 2, 3)));

    [Fact]
    public void WritesAtTheSameTimeMayTakeEitherOrder()
    {
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, 10), (true, 2, 0, 10), (false, 1, 11, 12)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, 10), (true, 2, 0, 10), (false, 2, 11, 12)));
    }

    [Fact]
    public void TwoReadersMustAgreeOnTheOrder() => Assert.Equal(
        LinearizabilityVerdict.Rejected,
        Register((true, 1, 0, 10), (true, 2, 0, 10), (false, 1, 11, 12), (false, 2, 13, 14), (false, 1, 15, 16)));

    [Fact]
    public void AReadDuringAWriteMaySeeEither()
    {
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, 10), (false, 0, 2, 3), (false, 1, 4, 5)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Register((true, 1, 0, 10), (false, 1, 2, 3), (false, 0, 4, 5)));
    }

    [Fact]
    public void AWriteWithoutResponseMayHaveHappenedOrNotOrLater()
    {
        const int Never = -1;
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, Never), (false, 0, 2, 3)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, Never), (false, 1, 2, 3)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Register((true, 1, 0, Never), (false, 0, 2, 3), (false, 1, 4, 5)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Register((true, 1, 0, Never), (false, 1, 2, 3), (false, 0, 4, 5)));
    }

    [Fact]
    public void TheLimitIsSaid()
    {
        var entries = new List<HistoryEntry<RegisterOperation>>();
        for (int i = 1; i <= 20; i++)
            entries.Add(new HistoryEntry<RegisterOperation>(new RegisterOperation(true, i), 0, 100));
        entries.Add(new HistoryEntry<RegisterOperation>(new RegisterOperation(false, 99), 101, 102));
        Assert.Equal(
            LinearizabilityVerdict.Undecided, LinearizabilityChecker.Check(new RegisterModel(), entries, visitedMax: 1000));
    }

    /// <summary>Equal operations without a response are taken in turn, not in every choice of some of them.</summary>
    [Fact]
    public void ManyEqualOpenOperationsAreDecided()
    {
        var operations = new List<HistoryEntry<NameOperation>>();
        for (int i = 0; i < 24; i++)
            operations.Add(Open(Op(i % 2 == 0 ? NameAction.Bind : NameAction.Unbind, 0)) with { InvokedAt = i });
        for (int i = 0; i < 12; i++)
        {
            operations.Add(new(Op(NameAction.Lookup, (ulong)(5 + i)), 100 + (4 * i), 101 + (4 * i)));
            operations.Add(new(Missed(0), 102 + (4 * i), 103 + (4 * i)));
        }

        Assert.Equal(
            LinearizabilityVerdict.Accepted, LinearizabilityChecker.Check(new NamesModel(2), operations, visitedMax: 10_000));
        operations.Add(new(Op(NameAction.Lookup, 99), 200, 201));
        Assert.Equal(
            LinearizabilityVerdict.Rejected, LinearizabilityChecker.Check(new NamesModel(2), operations, visitedMax: 10_000));
    }

    /// <summary>Of equal ones the second may have to come first, when it expires before.</summary>
    [Fact]
    public void WhatExpiresFirstMayComeFirst()
    {
        HistoryEntry<NameOperation> lasting = Open(Op(NameAction.Bind, 0));
        List<HistoryEntry<NameOperation>> entries =
        [
            lasting, lasting with { InvokedAt = 1, ExpiredAt = 10 }, new(Op(NameAction.Lookup, 5), 2, 3),
            new(Op(NameAction.Unbind, 5), 4, 5), new(Missed(0), 12, 13), new(Op(NameAction.Lookup, 6), 14, 15),
        ];
        Assert.Equal(LinearizabilityVerdict.Accepted, LinearizabilityChecker.Check(new NamesModel(2), entries));
        entries[0] = lasting with { ExpiredAt = 10 };
        Assert.Equal(LinearizabilityVerdict.Rejected, LinearizabilityChecker.Check(new NamesModel(2), entries));
    }

    /// <summary>Random histories made from a real register, and the same with one wrong read; and against a search without
    /// memory.</summary>
    [Fact]
    public void RandomHistoriesAreJudgedAsByTheDefinition()
    {
        var random = new SeededRandom(144);
        int rejected = 0;
        for (int round = 0; round < 2000; round++)
        {
            int count = random.NextInt(1, 8);
            double openShare = random.NextBool(0.5) ? 0.1 : 0.6;
            var entries = new List<HistoryEntry<RegisterOperation>>();
            for (int i = 0; i < count; i++)
            {
                long from = random.NextInt(20);
                long to = (2 * (from + 1 + random.NextInt(10))) + 1;
                entries.Add(new HistoryEntry<RegisterOperation>(
                    new RegisterOperation(random.NextBool(0.5), random.NextInt(3)), from * 2,
                    random.NextBool(openShare) ? HistoryEntry<RegisterOperation>.Never : to)
                {
                    ExpiredAt = random.NextBool(0.5) ? to : HistoryEntry<RegisterOperation>.Never,
                });
            }

            bool expected = HasOrder(entries, 0, -1);
            rejected += expected ? 0 : 1;
            Assert.Equal(
                expected ? LinearizabilityVerdict.Accepted : LinearizabilityVerdict.Rejected,
                LinearizabilityChecker.Check(new RegisterModel(), entries));
        }

        Assert.InRange(rejected, 200, 1800);
    }

    [Fact]
    public void ALongHistoryIsDecidedFast()
    {
        var random = new SeededRandom(7);
        var history = new History<RegisterOperation>();
        long value = 0;
        var open = new List<(int Number, RegisterOperation Operation)>();
        for (int i = 0; i < 20_000; i++)
        {
            if (open.Count == 8 || (open.Count > 0 && random.NextBool(0.5)))
            {
                int at = random.NextInt(open.Count);
                history.Respond(open[at].Number, open[at].Operation);
                open.RemoveAt(at);
                continue;
            }

            bool isWrite = random.NextBool(0.4);
            value = isWrite ? i : value;
            var operation = new RegisterOperation(isWrite, value);
            open.Add((history.Invoke(1, operation), operation));
        }

        Assert.Equal(LinearizabilityVerdict.Accepted, LinearizabilityChecker.Check(new RegisterModel(), history.Of(1)));
    }

    [Fact]
    public void ANameIsBoundOnce()
    {
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(
            Op(NameAction.Bind, 5), Op(NameAction.Lookup, 5), Op(NameAction.Unbind, 5), Missed(0)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(Op(NameAction.Bind, 5), Op(NameAction.Bind, 6)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(Op(NameAction.Bind, 5), Op(NameAction.Bind, 6, IoError.Exists)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(Op(NameAction.Bind, 5), Missed(0)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(Op(NameAction.Unbind, 5)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(Op(NameAction.Unbind, 5, IoError.Busy), Op(NameAction.Bind, 1)));
    }

    [Fact]
    public void ABindWithoutResponseShowsItsNumberOnce()
    {
        HistoryEntry<NameOperation> bind = Open(Op(NameAction.Bind, 0));
        HistoryEntry<NameOperation> seen = new(Op(NameAction.Lookup, 7), 1, 2);
        HistoryEntry<NameOperation> other = new(Op(NameAction.Lookup, 8), 3, 4);
        Assert.Equal(LinearizabilityVerdict.Accepted, LinearizabilityChecker.Check(new NamesModel(1), [bind, seen]));
        Assert.Equal(LinearizabilityVerdict.Rejected, LinearizabilityChecker.Check(new NamesModel(1), [bind, seen, other]));
    }

    [Fact]
    public void ARenameChangesTwoNamesAtOnce()
    {
        NameOperation made = Op(NameAction.Bind, 5);
        NameOperation moved = Op(NameAction.Rename, 5) with { To = 1 };
        NameOperation found = Op(NameAction.Lookup, 5) with { Name = 1 };
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(made, moved, Missed(0), found));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made, moved, Op(NameAction.Lookup, 5)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made, moved, Missed(1)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(moved));

        // Nobody heard what became of it: then it happened, or it did not.
        HistoryEntry<NameOperation> open = Open(moved with { Ino = 0 });
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, made, Missed(0), found));
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, made, Missed(1), Op(NameAction.Lookup, 5)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, made, Missed(1), Op(NameAction.Lookup, 5), found, Missed(0)));
        NameOperation before = Op(NameAction.Lookup, 5);
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, made, before, found, before));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, made, Missed(0), Missed(1)));
    }

    [Fact]
    public void AnExchangeChangesTwoNamesAtOnce()
    {
        NameOperation[] made = [Op(NameAction.Bind, 5), Op(NameAction.Bind, 6) with { Name = 1 }];
        NameOperation exchanged = Op(NameAction.Exchange, 5) with { To = 1 };
        (NameOperation stays, NameOperation stays2) = (Op(NameAction.Lookup, 5), Op(NameAction.Lookup, 6) with { Name = 1 });
        NameOperation first = Op(NameAction.Lookup, 6);
        NameOperation second = Op(NameAction.Lookup, 5) with { Name = 1 };
        Assert.Equal(LinearizabilityVerdict.Accepted, Names([.. made, exchanged, first, second]));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names([.. made, exchanged with { Ino = 0 }, second, first]));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names([.. made, exchanged, exchanged with { Ino = 6 }, stays, stays2]));

        // One of both stayed, or is gone, or is not what was said to be exchanged.
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, exchanged, first, stays2]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, exchanged, stays]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, exchanged, Missed(0)]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, exchanged, Missed(1)]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, exchanged with { Ino = 6 }]));

        // Both must be there.
        NameOperation refused = exchanged with { Ino = 0, Error = IoError.NoEntry };
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(made[0], refused, Op(NameAction.Lookup, 5)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(made[1], refused, Missed(0)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names([.. made, refused]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made[0], exchanged));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made[1], exchanged with { Ino = 0 }));
    }

    [Fact]
    public void AnExchangeWithoutResponseIsDoneWhollyOrNot()
    {
        NameOperation[] made = [Op(NameAction.Bind, 5), Op(NameAction.Bind, 6) with { Name = 1 }];
        (NameOperation stays, NameOperation stays2) = (Op(NameAction.Lookup, 5), Op(NameAction.Lookup, 6) with { Name = 1 });
        (NameOperation first, NameOperation second) = (Op(NameAction.Lookup, 6), Op(NameAction.Lookup, 5) with { Name = 1 });
        HistoryEntry<NameOperation> open = Open(Op(NameAction.Exchange, 0) with { To = 1 });
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, [.. made, first, second]));
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, [.. made, stays, stays2, second, first]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, [.. made, first, stays2]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, [.. made, second, stays]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, [.. made, Missed(0)]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, [.. made, Missed(1)]));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, made[0], second));
    }

    /// <summary>Of a name that is looked at without the other, an exchange makes what nobody saw before.</summary>
    [Fact]
    public void AnExchangeIsJudgedFromEachOfItsNames()
    {
        NameOperation[] made = [Op(NameAction.Bind, 5), Op(NameAction.Bind, 6) with { Name = 2 }];
        NameOperation exchanged = Op(NameAction.Exchange, 5) with { To = 2 };
        NameOperation first = Op(NameAction.Lookup, 6);
        NameOperation second = Op(NameAction.Lookup, 5) with { Name = 2 };
        NameOperation between = Op(NameAction.Bind, 7) with { Name = 1 };
        Judge(LinearizabilityVerdict.Accepted, [.. made, exchanged, between, first, second]);
        Judge(LinearizabilityVerdict.Rejected, [.. made, exchanged, between, Op(NameAction.Lookup, 5)]);
        Judge(LinearizabilityVerdict.Rejected, [.. made, exchanged, between, Missed(2)]);

        // From the first name alone it may fail where the name is there, and not be done where it is not.
        NameOperation changed = Op(NameAction.Change, 5);
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(made[0], changed, first, first));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made[0], changed, first, Op(NameAction.Lookup, 7)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made[0], changed, Missed(0)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(changed));
        Assert.Equal(LinearizabilityVerdict.Rejected, Names(made[0], changed with { Ino = 6 }));
        Assert.Equal(LinearizabilityVerdict.Accepted, Names(made[0], changed with { Ino = 0, Error = IoError.NoEntry }));
        HistoryEntry<NameOperation> open = Open(changed with { Ino = 0 });
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, made[0], Op(NameAction.Lookup, 5), first));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, made[0], first, Op(NameAction.Lookup, 5)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, made[0], Missed(0)));

        static void Judge(LinearizabilityVerdict expected, NameOperation[] operations) =>
            Assert.Equal(expected, NamesChecker.Check(3, Sequence(operations), out _, out _));
    }

    [Fact]
    public void WhatExpiredDoesNotHappenLater()
    {
        HistoryEntry<NameOperation> open = Open(Op(NameAction.Unbind, 0)) with { ExpiredAt = 5 };
        NameOperation there = Op(NameAction.Lookup, 5);
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, Op(NameAction.Bind, 5), there, Missed(0)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Behind(open, Op(NameAction.Bind, 5), there, there, there));
        Assert.Equal(LinearizabilityVerdict.Rejected, Behind(open, Op(NameAction.Bind, 5), there, there, there, Missed(0)));
    }

    [Fact]
    public void NamesAreJudgedTwoByTwo()
    {
        NameOperation[] operations =
        [
            Op(NameAction.Bind, 5), Op(NameAction.Rename, 5) with { To = 1 }, Op(NameAction.Rename, 5) with { Name = 1, To = 2 },
            Op(NameAction.Lookup, 5) with { Name = 2 }, Missed(0), Missed(1),
        ];
        Assert.Equal(LinearizabilityVerdict.Accepted, NamesChecker.Check(3, Sequence(operations), out _, out _));
        operations[^1] = Op(NameAction.Lookup, 5) with { Name = 1 };
        Assert.Equal(LinearizabilityVerdict.Rejected, NamesChecker.Check(3, Sequence(operations), out _, out int second));
        Assert.Equal(1, second);
    }

    private static NameOperation Missed(int name) => new(NameAction.Lookup, name, 0, IoError.NoEntry);

    private static NameOperation Op(NameAction action, ulong ino, IoError error = default) => new(action, 0, ino, error);

    private static HistoryEntry<NameOperation> Open(NameOperation operation) =>
        new(operation, 0, HistoryEntry<NameOperation>.Never);

    private static LinearizabilityVerdict Names(params NameOperation[] operations) => Behind(null, operations);

    private static List<HistoryEntry<NameOperation>> Sequence(NameOperation[] operations) =>
        [.. operations.Select((operation, i) => new HistoryEntry<NameOperation>(operation, 2 * i, (2 * i) + 1))];

    /// <summary>Operations one after the other, and one at their beginning that may be left open.</summary>
    private static LinearizabilityVerdict Behind(HistoryEntry<NameOperation>? open, params NameOperation[] operations)
    {
        List<HistoryEntry<NameOperation>> entries = Sequence(operations);
        if (open is { } first)
            entries.Add(first);
        return LinearizabilityChecker.Check(new NamesModel(2), entries);
    }

    private static LinearizabilityVerdict Register(params (bool IsWrite, long Value, long From, long To)[] operations) =>
        LinearizabilityChecker.Check(
            new RegisterModel(),
            [
                .. operations.Select(operation => new HistoryEntry<RegisterOperation>(
                    new RegisterOperation(operation.IsWrite, operation.Value), operation.From,
                    operation.To < 0 ? HistoryEntry<RegisterOperation>.Never : operation.To)),
            ]);

    /// <summary>The definition itself: tries every order.</summary>
    private static bool HasOrder(List<HistoryEntry<RegisterOperation>> left, long state, long latest)
    {
        if (left.TrueForAll(entry => !entry.IsKnown))
            return true;
        long first = left.Min(entry => entry.RespondedAt);
        for (int i = 0; i < left.Count; i++)
        {
            HistoryEntry<RegisterOperation> entry = left[i];
            bool isOver = !entry.IsKnown && entry.ExpiredAt <= latest;
            if (isOver || entry.InvokedAt > first
                || !new RegisterModel().TryApply(state, entry.Operation, entry.IsKnown, out long next))
            {
                continue;
            }

            List<HistoryEntry<RegisterOperation>> rest = [.. left];
            rest.RemoveAt(i);
            if (HasOrder(rest, next, Math.Max(latest, entry.InvokedAt)))
                return true;
        }

        return false;
    }
}
