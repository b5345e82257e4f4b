// Sets of locks: their order, what is held while one waits, and that nobody waits in a circle.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Locks;

public sealed class LockSetTests
{
    private static readonly ClientId s_client = new(7);
    private readonly LockSetHost _host;

    public LockSetTests()
    {
        _host = new LockSetHost { Machine = null! };
        _host.Machine = new LockMachine(_host, 0);
    }

    [Fact]
    public void EntriesComeBeforeInodesAndKindsInOrder()
    {
        LockObject entry = LockObject.OfEntry(new Ino(0x9000), 5, new NodeId(1));
        LockObject low = LockObject.OfInode(new Ino(0x1000), new NodeId(2));
        LockObject high = LockObject.OfInode(new Ino(0x2000), new NodeId(3));
        Assert.True(entry.CompareTo(low) < 0 && low.CompareTo(high) < 0);
        Assert.True(entry.CompareTo(LockObject.OfEntry(new Ino(0x9000), 6, new NodeId(0))) < 0);
    }

    [Fact]
    public void TheStrongestModeIsTakenOnceAndChangedObjectsArePinned()
    {
        LockSet set = NewSet(1);
        LockObject inode = Inode(1);
        set.Add(inode, LockKind.File, LockMode.Read);
        set.Add(inode, LockKind.File, LockMode.Exclusive);
        set.Add(inode, LockKind.File, LockMode.Write);
        set.Add(Inode(2), LockKind.Auth, LockMode.Read);
        Assert.Equal(LockOutcome.Acquired, set.Acquire(LockPatience.Never));
        Assert.Equal(LockState.Xlock, set.Held(inode, LockKind.File).State);
        Assert.True(_host.IsPinned(inode));
        Assert.False(_host.IsPinned(Inode(2)));
        set.Release();
        Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
    }

    [Fact]
    public void TheClientItselfSeesAChangeBeforeItIsDurable()
    {
        LockSet change = NewSet(1);
        change.Add(Inode(1), LockKind.Auth, LockMode.Exclusive);
        Assert.Equal(LockOutcome.Acquired, change.Acquire(LockPatience.Wait));
        MetadataLock item = change.Held(Inode(1), LockKind.Auth);
        Assert.False(_host.Machine.CanRead(item, s_client));
        change.ChangesMade();
        Assert.True(_host.Machine.CanRead(item, s_client));
        Assert.False(_host.Machine.CanRead(item, new ClientId(8)));
        change.Release();
        Assert.Equal(0, _host.LocksInUse);
    }

    [Theory]
    [InlineData(LockPatience.Wait, LockOutcome.Waiting)]
    [InlineData(LockPatience.AbortWhenFrozen, LockOutcome.Aborted)]
    [InlineData(LockPatience.Never, LockOutcome.Aborted)]
    public void WhatIsFrozenIsWaitedForWithNothingHeld(LockPatience patience, LockOutcome outcome)
    {
        _host.Frozen.Add(Inode(2));
        LockSet set = NewSet(1);
        set.Add(Inode(1), LockKind.Auth, LockMode.Exclusive);
        set.Add(Inode(2), LockKind.Auth, LockMode.Exclusive);
        Assert.Equal(outcome, set.Acquire(patience));
        Assert.True(set.BlockedOn.IsFrozen);
        Assert.Equal(Inode(2), set.BlockedOn.On);
        Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
    }

    [Fact]
    public void ALockThatIsHeldIsWaitedForWithEarlierOnesHeld()
    {
        LockSet holder = NewSet(1);
        holder.Add(Inode(2), LockKind.Link, LockMode.Exclusive);
        Assert.Equal(LockOutcome.Acquired, holder.Acquire(LockPatience.Wait));
        LockSet set = NewSet(2);
        set.Add(Inode(2), LockKind.Link, LockMode.Read);
        set.Add(Inode(1), LockKind.Link, LockMode.Exclusive);
        Assert.Equal(LockOutcome.Waiting, set.Acquire(LockPatience.Wait));
        Assert.Equal(new LockBlock(Inode(2), LockKind.Link, LockWaits.Read), set.BlockedOn);
        Assert.Equal(2UL, set.Held(Inode(1), LockKind.Link).Owner);
        holder.Release();
        Assert.Equal(LockOutcome.Acquired, set.Acquire(LockPatience.Wait));
        set.Release();
        Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
    }

    [Fact]
    public void AnImpatientOperationGivesAllBack()
    {
        LockSet holder = NewSet(1);
        holder.Add(Inode(2), LockKind.Link, LockMode.Exclusive);
        holder.Acquire(LockPatience.Wait);
        LockSet set = NewSet(2);
        set.Add(Inode(2), LockKind.Link, LockMode.Read);
        set.Add(Inode(1), LockKind.Link, LockMode.Exclusive);
        Assert.Equal(LockOutcome.Aborted, set.Acquire(LockPatience.Never));
        Assert.Equal(1, _host.PinCount);
        holder.Release();
        Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
    }

    [Fact]
    public void OnlyTheAuthorityHoldsAlone()
    {
        _host.Foreign.Add(Inode(3));
        LockSet set = NewSet(1);
        set.Add(Inode(1), LockKind.Link, LockMode.Exclusive);
        set.Add(Inode(3), LockKind.Link, LockMode.Exclusive);
        Assert.Equal(LockOutcome.NotAuthority, set.Acquire(LockPatience.Wait));
        Assert.Equal(Inode(3), set.BlockedOn.On);
        Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
    }

    [Fact]
    public void RandomOperationsNeverWaitInACircle()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var random = new SeededRandom(seed);
            List<LockSet> acquired = [];
            int finished = 0;
            for (ulong i = 1; i <= 40; i++)
            {
                LockSet set = NewSet(i);
                for (int j = random.NextInt(1, 6); j > 0; j--)
                    Want(set, random);
                Try(set, acquired);
                if (random.NextBool(0.2))
                    _host.Frozen.Add(Inode(random.NextInt(6)));
                if (random.NextBool(0.3))
                    finished += FinishOne(acquired, random);
            }

            for (int inode = 0; inode < 6; inode++)
                _host.Unfreeze(Inode(inode));
            while (_host.Ready.Count > 0 || acquired.Count > 0)
            {
                while (_host.Ready.TryDequeue(out Action? retry))
                    retry();
                finished += FinishOne(acquired, random);
            }

            Assert.Equal(40, finished);
            Assert.Equal((0, 0), (_host.LocksInUse, _host.PinCount));
        }
    }

    private static LockObject Inode(int number) => LockObject.OfInode(new Ino(0x1000 + (ulong)number), new NodeId(number));

    private static int FinishOne(List<LockSet> acquired, SeededRandom random)
    {
        if (acquired.Count == 0)
            return 0;
        LockSet set = acquired[random.NextInt(acquired.Count)];
        acquired.Remove(set);
        set.Release();
        return 1;
    }

    private static void Want(LockSet set, SeededRandom random)
    {
        var kind = (LockKind)random.NextInt(1, 10);
        var mode = (LockMode)random.NextInt(3);
        set.Add(Inode(random.NextInt(6)), kind, mode == LockMode.Write && !LockRules.IsScatter(kind) ? LockMode.Read : mode);
    }

    private void Try(LockSet set, List<LockSet> acquired)
    {
        if (set.Acquire(LockPatience.Wait) == LockOutcome.Acquired)
            acquired.Add(set);
        else
            _host.Waiters.Add((set.BlockedOn, () => Try(set, acquired)));
    }

    private LockSet NewSet(ulong operation)
    {
        var set = new LockSet(_host.Machine, _host);
        set.Reset(operation, s_client);
        return set;
    }
}
