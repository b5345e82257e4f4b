// The checker against histories whose verdict is known, and against the definition itself on small random ones.
using Engine.Buffers;

namespace Engine.Simulation.Tests;

public class LinearizabilityTests
{
    [Fact]
    public void MG144_OneAfterTheOtherIsAccepted() => Assert.Equal(
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

    /// <summary>Random histories made from a real register, and the same with one wrong read; and against a search without
    /// memory.</summary>
    [Fact]
    public void RandomHistoriesAreJudgedAsByTheDefinition()
    {
        var random = new SeededRandom(144);
        int rejected = 0;
        for (int round = 0; round < 2000; round++)
        {
            int count = random.NextInt(1, 7);
            var entries = new List<HistoryEntry<RegisterOperation>>();
            for (int i = 0; i < count; i++)
            {
                long from = random.NextInt(20);
                long to = (2 * (from + 1 + random.NextInt(10))) + 1;
                entries.Add(new HistoryEntry<RegisterOperation>(
                    new RegisterOperation(random.NextBool(0.5), random.NextInt(3)), from * 2,
                    random.NextBool(0.1) ? HistoryEntry<RegisterOperation>.Never : to));
            }

            bool expected = HasOrder(entries, 0, 0);
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
    public void ADentryIsBoundOnce()
    {
        Assert.Equal(LinearizabilityVerdict.Accepted, Dentry(
            Op(DentryAction.Bind, 5), Op(DentryAction.Lookup, 5), Op(DentryAction.Unbind, 5), Missed));
        Assert.Equal(LinearizabilityVerdict.Rejected, Dentry(Op(DentryAction.Bind, 5), Op(DentryAction.Bind, 6)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Dentry(Op(DentryAction.Bind, 5), Op(DentryAction.Bind, 6, IoError.Exists)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Dentry(Op(DentryAction.Bind, 5), Missed));
        Assert.Equal(LinearizabilityVerdict.Accepted, Dentry(
            Op(DentryAction.Bind, 5), Op(DentryAction.Replace, 6), Op(DentryAction.Lookup, 6)));
        Assert.Equal(LinearizabilityVerdict.Rejected, Dentry(Op(DentryAction.Unbind, 5)));
        Assert.Equal(LinearizabilityVerdict.Accepted, Dentry(Op(DentryAction.Unbind, 5, IoError.Busy), Op(DentryAction.Bind, 1)));
    }

    [Fact]
    public void ABindWithoutResponseShowsItsNumberOnce()
    {
        HistoryEntry<DentryOperation> bind = new(Op(DentryAction.Bind, 0), 0, HistoryEntry<DentryOperation>.Never);
        HistoryEntry<DentryOperation> seen = new(Op(DentryAction.Lookup, 7), 1, 2);
        HistoryEntry<DentryOperation> other = new(Op(DentryAction.Lookup, 8), 3, 4);
        Assert.Equal(LinearizabilityVerdict.Accepted, LinearizabilityChecker.Check(new DentryModel(), [bind, seen]));
        Assert.Equal(LinearizabilityVerdict.Rejected, LinearizabilityChecker.Check(new DentryModel(), [bind, seen, other]));
    }

    private static DentryOperation Missed => Op(DentryAction.Lookup, 0, IoError.NoEntry);

    private static DentryOperation Op(DentryAction action, ulong ino, IoError error = default) => new(action, ino, error);

    private static LinearizabilityVerdict Dentry(params DentryOperation[] operations) => LinearizabilityChecker.Check(
        new DentryModel(),
        [.. operations.Select((operation, i) => new HistoryEntry<DentryOperation>(operation, 2 * i, (2 * i) + 1))]);

    private static LinearizabilityVerdict Register(params (bool IsWrite, long Value, long From, long To)[] operations) =>
        LinearizabilityChecker.Check(
            new RegisterModel(),
            [
                .. operations.Select(operation => new HistoryEntry<RegisterOperation>(
                    new RegisterOperation(operation.IsWrite, operation.Value), operation.From,
                    operation.To < 0 ? HistoryEntry<RegisterOperation>.Never : operation.To)),
            ]);

    /// <summary>The definition itself: tries every order.</summary>
    private static bool HasOrder(List<HistoryEntry<RegisterOperation>> left, long state, int depth)
    {
        if (left.TrueForAll(entry => !entry.IsKnown))
            return true;
        long first = left.Min(entry => entry.RespondedAt);
        for (int i = 0; i < left.Count; i++)
        {
            HistoryEntry<RegisterOperation> entry = left[i];
            if (entry.InvokedAt > first || !new RegisterModel().TryApply(state, entry.Operation, entry.IsKnown, out long next))
                continue;
            List<HistoryEntry<RegisterOperation>> rest = [.. left];
            rest.RemoveAt(i);
            if (HasOrder(rest, next, depth + 1))
                return true;
        }

        return false;
    }
}
