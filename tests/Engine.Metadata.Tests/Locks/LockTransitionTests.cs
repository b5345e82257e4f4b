// Every row of the table of transitions, at the authority and at 0 to 3 replicas.

namespace Engine.Metadata.Tests.Locks;

public sealed class LockTransitionTests
{
    private static readonly (LockState From, LockState To, LockState Via, LockAction? First, LockState Replica)[] s_rows =
    [
        (LockState.Sync, LockState.Lock, LockState.SyncLock, LockAction.Lock, LockState.Lock),
        (LockState.Lock, LockState.Sync, LockState.LockSync, null, LockState.Sync),
        (LockState.Sync, LockState.Mix, LockState.SyncMix, LockAction.Mix, LockState.Mix),
        (LockState.Lock, LockState.Mix, LockState.LockMix, null, LockState.Mix),
        (LockState.Mix, LockState.Lock, LockState.MixLock, null, LockState.Lock),
        (LockState.Mix, LockState.Sync, LockState.MixSync, LockAction.Sync, LockState.Sync),
        (LockState.Excl, LockState.Sync, LockState.ExclSync, null, LockState.Sync),
        (LockState.Excl, LockState.Lock, LockState.ExclLock, null, LockState.Lock),
        (LockState.Excl, LockState.Mix, LockState.ExclMix, null, LockState.Mix),
        (LockState.Sync, LockState.Excl, LockState.SyncExcl, LockAction.Lock, LockState.Lock),
        (LockState.Lock, LockState.Excl, LockState.LockExcl, null, LockState.Lock),
        (LockState.Mix, LockState.Excl, LockState.MixExcl, LockAction.Lock, LockState.Lock),
        (LockState.Lock, LockState.Xlock, LockState.PreXlock, null, LockState.Lock),
    ];

    public static TheoryData<int, int> RowsAndReplicas()
    {
        var data = new TheoryData<int, int>();
        for (int row = 0; row < s_rows.Length; row++)
        {
            for (int replicas = 0; replicas <= 3; replicas++)
                data.Add(row, replicas);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(RowsAndReplicas))]
    public void ATransitionWaitsForOperationsAndForEveryReplica(int row, int replicaCount)
    {
        var (from, to, via, first, replica) = s_rows[row];
        LockModel model = AtRest(from, replicaCount);
        MetadataLock item = model.Authority.Item;
        Hold(item, from);

        Assert.True(model.Authority.Machine.TryBegin(item, to));
        Assert.Equal(via, item.State);
        Assert.Equal(1, model.Authority.Pins);
        Assert.Equal(first is not null && replicaCount > 0, item.Gather != 0);
        DeliverAll(model);
        Assert.Equal(via, item.State);
        Assert.Equal(0UL, item.Gather);

        LetGo(item);
        model.Authority.Machine.CapsReturned(item);
        if (via == LockState.MixLock && replicaCount > 0)
        {
            Assert.Equal(LockState.MixLock2, item.State);
            Assert.NotEqual(0UL, item.Gather);
        }

        DeliverAll(model);
        Assert.Equal(to == LockState.Xlock ? LockState.Lock : to, model.Authority.State);
        Assert.Equal(0, model.Authority.Pins);
        Assert.All(model.Ranks.Skip(1), rank => Assert.Equal(replica, rank.State));
    }

    [Theory]
    [MemberData(nameof(RowsAndReplicas))]
    public void AReplicaAnswersWhenItsOwnOperationsHaveLeft(int row, int replicaCount)
    {
        var (from, to, via, first, _) = s_rows[row];
        if (replicaCount == 0 || (first is null && via != LockState.MixLock))
            return;
        LockModel model = AtRest(from, replicaCount);
        MetadataLock replica = model.Ranks[^1].Item;
        Hold(replica, from);

        model.Authority.Machine.TryBegin(model.Authority.Item, to);
        DeliverAll(model);
        Assert.False(model.Authority.Item.IsStable);
        Assert.Equal(1UL << replicaCount, model.Authority.Item.Gather);
        Assert.False(replica.IsStable);

        LetGo(replica);
        model.Ranks[^1].Machine.CapsReturned(replica);
        DeliverAll(model);
        Assert.Equal(to, model.Authority.State);
    }

    [Fact]
    public void AReplicaThatStoppedReadingDoesNotWriteBeforeAllHave()
    {
        LockModel model = AtRest(LockState.Sync, 2);
        model.Ranks[2].Item.Readers = 1;
        model.Authority.Machine.TryBegin(model.Authority.Item, LockState.Mix);
        DeliverAll(model);
        Assert.Equal(LockState.SyncMix2, model.Ranks[1].State);
        Assert.False(model.Ranks[1].Machine.CanWrite(model.Ranks[1].Item, new ClientId(-1)));

        model.Ranks[2].Item.Readers = 0;
        model.Ranks[2].Machine.CapsReturned(model.Ranks[2].Item);
        DeliverAll(model);
        Assert.True(model.Ranks[1].Machine.CanWrite(model.Ranks[1].Item, new ClientId(-1)));
    }

    [Fact]
    public void SharesAreGatheredJournalledAndThenFlushed()
    {
        LockModel model = AtRest(LockState.Mix, 2);
        model.IsDelegation = true;
        foreach (LockModelRank rank in model.Ranks.Skip(1))
            model.Finish(model.Begin(rank, LockMode.Write, new ClientId(-1)));

        model.Authority.Machine.TryBegin(model.Authority.Item, LockState.Lock);
        DeliverAll(model);
        Assert.True(model.Authority.IsWritingBehind);
        Assert.Equal(LockState.MixLock2, model.Authority.State);
        Assert.All(model.Ranks.Skip(1), rank => Assert.True(rank.Item.IsFlushing && rank.Share == 1));

        model.WriteBehind();
        DeliverAll(model);
        Assert.Equal(LockState.Lock, model.Authority.State);
        Assert.Equal(2, model.Authority.Visible);
        Assert.All(model.Ranks.Skip(1), rank => Assert.Equal(0, rank.Share));
    }

    [Fact]
    public void AnswersOfAnotherGatherDoNotCount()
    {
        LockModel model = AtRest(LockState.Sync, 1);
        MetadataLock item = model.Authority.Item;
        model.Authority.Machine.TryBegin(item, LockState.Lock);
        LockMachine machine = model.Authority.Machine;
        Assert.False(machine.TryHandle(item, new RankId(1), LockAction.LockAck, item.Epoch - 1, []));
        Assert.False(machine.TryHandle(item, new RankId(1), LockAction.MixAck, item.Epoch, []));
        Assert.False(machine.TryHandle(item, new RankId(5), LockAction.LockAck, item.Epoch, []));
        Assert.Equal(2UL, item.Gather);
        Assert.True(machine.TryHandle(item, new RankId(1), LockAction.LockAck, item.Epoch, []));
        Assert.Equal(LockState.Lock, item.State);
    }

    [Fact]
    public void AReplicaThatIsGoneIsNotWaitedFor()
    {
        LockModel model = AtRest(LockState.Sync, 2);
        MetadataLock item = model.Authority.Item;
        model.Authority.Machine.TryBegin(item, LockState.Lock);
        model.Authority.Machine.ReplicaGone(item, new RankId(1));
        Assert.Equal(LockState.SyncLock, item.State);
        model.Authority.Machine.ReplicaGone(item, new RankId(2));
        Assert.Equal(LockState.Lock, item.State);
    }

    [Theory]
    [InlineData(LockState.SyncLock, LockState.Lock)]
    [InlineData(LockState.LockSync, LockState.Lock)]
    [InlineData(LockState.MixLock, LockState.Mix)]
    [InlineData(LockState.MixLock2, LockState.Lock)]
    [InlineData(LockState.SyncMix, LockState.SyncMix2)]
    [InlineData(LockState.MixSync, LockState.MixSync2)]
    [InlineData(LockState.ExclSync, LockState.Lock)]
    [InlineData(LockState.ExclLock, LockState.Lock)]
    [InlineData(LockState.ExclMix, LockState.Lock)]
    [InlineData(LockState.SyncExcl, LockState.Lock)]
    [InlineData(LockState.LockExcl, LockState.Lock)]
    [InlineData(LockState.MixExcl, LockState.Lock)]
    [InlineData(LockState.PreXlock, LockState.Lock)]
    [InlineData(LockState.Xlock, LockState.Lock)]
    [InlineData(LockState.XlockDone, LockState.Lock)]
    [InlineData(LockState.Excl, LockState.Lock)]
    [InlineData(LockState.Sync, LockState.Sync)]
    [InlineData(LockState.Mix, LockState.Mix)]
    public void AReplicaMadeNowHasTheStateOfTheTable(LockState state, LockState replica) =>
        Assert.Equal(replica, LockRules.ReplicaState(state));

    [Fact]
    public void AFrozenObjectsLockKeepsItsState()
    {
        LockModel model = AtRest(LockState.Mix, 1);
        model.IsDelegation = true;
        model.Authority.IsFrozen = true;
        LockModelOperation reader = model.Begin(model.Authority, LockMode.Read, new ClientId(-1));
        Assert.True(reader.WaitsForUnfreeze);
        Assert.False(model.Authority.HasItem);
        Assert.Equal(LockState.Mix, model.Authority.State);
    }

    /// <summary>A model whose lock rests in a state; File where that takes a loner, Nest elsewhere.</summary>
    internal static LockModel AtRest(LockState state, int replicaCount)
    {
        var model = new LockModel(state is LockState.Excl ? LockKind.File : LockKind.Nest, replicaCount + 1);
        model.Authority.Item.State = state;
        foreach (LockModelRank rank in model.Ranks.Skip(1))
            rank.Item.State = LockRules.ReplicaState(state);
        return model;
    }

    internal static void DeliverAll(LockModel model)
    {
        while (model.Deliver(0))
            model.Check();
    }

    private static void Hold(MetadataLock item, LockState state)
    {
        if (state == LockState.Sync)
            item.Readers = 1;
        else if (state == LockState.Mix)
            item.Writers = 1;
        else
            (item.Readers, item.Writers) = (1, 1);
    }

    private static void LetGo(MetadataLock item) => (item.Readers, item.Writers) = (0, 0);
}
