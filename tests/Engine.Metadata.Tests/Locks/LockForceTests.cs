using Engine.Buffers;

namespace Engine.Metadata.Tests.Locks;

/// <summary>Forced write locks: what a migration takes on a directory's File and Nest, once it has seen that it may, in the step
/// that changes the directory. Nothing is asked, told or waited for.</summary>
public sealed class LockForceTests
{
    private static readonly ClientId s_rank = new(-1);

    public static TheoryData<LockState> States => [.. Enum.GetValues<LockState>()];

    /// <summary>By appendix C only LOCK and MIX admit writers of the rank itself, and no state on its way to another does.
    /// </summary>
    [Theory]
    [MemberData(nameof(States))]
    public void OnlyAStateThatAdmitsWriters_IsForced(LockState state)
    {
        LockModel model = LockTransitionTests.AtRest(state, replicaCount: 2);
        LockMachine machine = model.Authority.Machine;
        MetadataLock item = model.Authority.Item;
        bool admits = state is LockState.Lock or LockState.Mix;
        Assert.Equal(admits, machine.CanWrite(item, s_rank));
        if (admits)
            machine.ForceWrite(item, s_rank);
        else
            Assert.Throws<InvariantException>(() => machine.ForceWrite(item, s_rank));
        Assert.Equal((state, admits ? 1 : 0, 0), (item.State, item.Writers, model.Authority.Pins));
        Assert.False(model.HasMessages);
    }

    [Fact]
    public void WhereOneClientHasEverything_OnlyItsOwnWritesAreForced()
    {
        var model = new LockModel(LockKind.File, 1, clientsPerRank: 2);
        LockMachine machine = model.Authority.Machine;
        MetadataLock item = model.Authority.Item;
        item.State = LockState.Excl;
        model.Authority.Loner = model.Authority.Clients[0];
        Assert.Throws<InvariantException>(() => machine.ForceWrite(item, model.Authority.Clients[1].Id));
        Assert.Throws<InvariantException>(() => machine.ForceWrite(item, s_rank));
        machine.ForceWrite(item, model.Authority.Clients[0].Id);
        Assert.Equal((LockState.Excl, 1), (item.State, item.Writers));
    }

    [Fact]
    public void WhatIsRead_OrDoesNotScatter_IsNotForced()
    {
        LockModel model = LockTransitionTests.AtRest(LockState.Lock, replicaCount: 0);
        model.Authority.Item.Readers = 1;
        Assert.Throws<InvariantException>(() => model.Authority.Machine.ForceWrite(model.Authority.Item, s_rank));
        var simple = new LockModel(LockKind.Auth, 1);
        simple.Authority.Item.State = LockState.Lock;
        Assert.Throws<InvariantException>(() => simple.Authority.Machine.ForceWrite(simple.Authority.Item, s_rank));
    }

    [Theory]
    [InlineData(LockState.Lock, LockState.Sync, LockState.LockSync)]
    [InlineData(LockState.Lock, LockState.Xlock, LockState.PreXlock)]
    [InlineData(LockState.Lock, LockState.Excl, LockState.LockExcl)]
    [InlineData(LockState.Mix, LockState.Lock, LockState.MixLock)]
    [InlineData(LockState.Mix, LockState.Sync, LockState.MixSync)]
    [InlineData(LockState.Mix, LockState.Excl, LockState.MixExcl)]
    public void ATransition_WaitsForAForcedWriter(LockState from, LockState to, LockState via)
    {
        LockModel model = LockTransitionTests.AtRest(from, replicaCount: 2);
        LockMachine machine = model.Authority.Machine;
        MetadataLock item = model.Authority.Item;
        machine.ForceWrite(item, s_rank);
        machine.ForceWrite(item, s_rank);
        Assert.True(machine.TryBegin(item, to));
        LockTransitionTests.DeliverAll(model);
        machine.FinishWrite(item);
        Assert.Equal((via, 1), (item.State, item.Writers));
        machine.FinishWrite(item);
        LockTransitionTests.DeliverAll(model);
        Assert.Equal(to == LockState.Xlock ? LockState.Lock : to, model.Authority.State);
    }

    /// <summary>A dirfrag's authority that is no authority over the directory's inode writes its share in MIX: it is
    /// gathered.</summary>
    [Fact]
    public void AReplicaIsForcedInMix_AndItsShareIsGathered()
    {
        LockModel model = LockTransitionTests.AtRest(LockState.Mix, replicaCount: 1);
        LockModelRank replica = model.Ranks[1];
        replica.Machine.ForceWrite(replica.Item, s_rank);
        replica.Machine.MarkDirty(replica.Item);
        Assert.True(model.Authority.Machine.TryBegin(model.Authority.Item, LockState.Lock));
        LockTransitionTests.DeliverAll(model);
        Assert.Equal(LockState.MixLock2, model.Authority.State);
        replica.Share = 1;
        replica.Machine.FinishWrite(replica.Item);
        LockTransitionTests.DeliverAll(model);
        Assert.True(model.Authority.IsWritingBehind);
        model.WriteBehind();
        LockTransitionTests.DeliverAll(model);
        Assert.Equal((LockState.Lock, 1L, LockState.Lock), (model.Authority.State, model.Authority.Visible, replica.State));
        Assert.Throws<InvariantException>(() => replica.Machine.ForceWrite(replica.Item, s_rank));
    }

    /// <summary>The exporter's tree is frozen when it takes them: no state may change then, and none has to.</summary>
    [Fact]
    public void AFrozenObjectsLock_IsForcedAllTheSame()
    {
        LockModel model = LockTransitionTests.AtRest(LockState.Lock, replicaCount: 1);
        model.Authority.IsFrozen = true;
        MetadataLock item = model.Authority.Item;
        model.Authority.Machine.ForceWrite(item, s_rank);
        Assert.Equal((LockState.Lock, 1), (item.State, item.Writers));
        model.Authority.Machine.FinishWrite(item);
        Assert.False(model.Authority.HasItem);
        Assert.False(model.HasMessages);
    }
}
