// The tables of the lock state machine: what each state allows operations and clients, what ends it, and how the authority goes
// from one stable state to another. Everything that LockMachine decides is read from here. Source: migrator specification, 1.9
// and appendix C; the cap columns follow the locker of CephFS (src/mds/locks.c), with fewer caps where several clients could
// otherwise buffer writes at a time.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What the states of locks mean.</summary>
public static class LockRules
{
    private const LockCaps Nothing = LockCaps.None;
    private const LockCaps ReadCached = LockCaps.Shared | LockCaps.Cache | LockCaps.Read;
    private const LockCaps Unseen = LockCaps.Cache | LockCaps.Buffer;
    private const LockCaps Uncached = LockCaps.Read | LockCaps.Write | LockCaps.Lazy;
    private const LockCaps ReadUncached = LockCaps.Read | LockCaps.Lazy;
    private const LockCaps Everything = (LockCaps)0xFF;

    private static readonly LockRule[] s_rules = Fill<LockRule>(Rule);
    private static readonly CapRule[] s_simpleCaps = Fill<CapRule>(SimpleCaps);
    private static readonly CapRule[] s_fileCaps = Fill<CapRule>(FileCaps);

    /// <summary>Number of states.</summary>
    internal static int StateCount => (int)LockState.PreXlock + 1;

    /// <summary>Is the state one that lasts?</summary>
    public static bool IsStable(LockState state) => state <= LockState.XlockDone;

    /// <summary>Is the number, read from outside, that of a state?</summary>
    public static bool IsState(byte state) => state < StateCount;

    /// <summary>May several ranks write under this lock, each its own share?</summary>
    public static bool IsScatter(LockKind kind) => ClassOf(kind) != LockClass.Simple;

    /// <summary>The state of a replica that is made while the authority is in a state; also the state of the old authority once
    /// its authority has moved.</summary>
    public static LockState ReplicaState(LockState state) => s_rules[(int)state].Replica;

    /// <summary>Can an operation that starts and ends within one step read under a lock at rest in this state, without asking
    /// the machine?</summary>
    public static bool CanReadAtRest(LockState state, bool isAuthority) =>
        state == LockState.Sync || (state == LockState.Lock && isAuthority);

    /// <summary>What the lock allows a client in a state.</summary>
    public static LockCaps Allowed(LockKind kind, LockState state, CapAudience audience)
    {
        if (CapShift(kind) == 0)
            return Nothing;
        CapRule rule = (ClassOf(kind) == LockClass.File ? s_fileCaps : s_simpleCaps)[(int)state];
        return audience switch
        {
            CapAudience.Any => rule.Any,
            CapAudience.Loner => rule.Loner,
            _ => rule.Replica,
        };
    }

    /// <summary>Position of the lock's bits in <see cref="CapBits"/>; 0 for a lock in which clients do not share.</summary>
    public static int CapShift(LockKind kind) => kind switch
    {
        LockKind.Auth => 2,
        LockKind.Link => 4,
        LockKind.Xattr => 6,
        LockKind.File => 8,
        _ => 0,
    };

    /// <summary>The lock's own bits among those of an inode.</summary>
    public static LockCaps Part(LockKind kind, CapBits bits) => CapShift(kind) switch
    {
        0 => LockCaps.None,
        8 => (LockCaps)((uint)bits >> 8) & Everything,
        int shift => (LockCaps)((uint)bits >> shift) & (LockCaps.Shared | LockCaps.Exclusive),
    };

    /// <summary>Where the state of an inode's lock stands in its record.</summary>
    internal static int PlaceOf(LockKind kind) => kind switch
    {
        LockKind.Auth => 0,
        LockKind.Link => 1,
        LockKind.Dft => 2,
        LockKind.File => 3,
        LockKind.Xattr => 4,
        LockKind.Snap => 5,
        LockKind.Nest => 6,
        LockKind.Flock => 7,
        LockKind.Policy => 8,
        _ => throw new InvariantException($"no inode has a lock {kind}"),
    };

    internal static LockClass ClassOf(LockKind kind) => kind switch
    {
        LockKind.File => LockClass.File,
        LockKind.Nest or LockKind.Dft => LockClass.Scatter,
        _ => LockClass.Simple,
    };

    internal static LockRule RuleOf(LockState state) => s_rules[(int)state];

    /// <summary>How the authority goes from one stable state to another.</summary>
    internal static LockTransition Transition(LockState from, LockState to) => (from, to) switch
    {
        (LockState.Sync, LockState.Lock) => new(LockState.SyncLock, LockAction.Lock),
        (LockState.Sync, LockState.Mix) => new(LockState.SyncMix, LockAction.Mix),
        (LockState.Sync, LockState.Excl) => new(LockState.SyncExcl, LockAction.Lock),
        (LockState.Lock, LockState.Sync) => new(LockState.LockSync, null),
        (LockState.Lock, LockState.Mix) => new(LockState.LockMix, null),
        (LockState.Lock, LockState.Excl) => new(LockState.LockExcl, null),
        (LockState.Lock, LockState.Xlock) => new(LockState.PreXlock, null),
        (LockState.Mix, LockState.Lock) => new(LockState.MixLock, null),
        (LockState.Mix, LockState.Sync) => new(LockState.MixSync, LockAction.Sync),
        (LockState.Mix, LockState.Excl) => new(LockState.MixExcl, LockAction.Lock),
        (LockState.Excl, LockState.Sync) => new(LockState.ExclSync, null),
        (LockState.Excl, LockState.Lock) => new(LockState.ExclLock, null),
        (LockState.Excl, LockState.Mix) => new(LockState.ExclMix, null),
        _ => throw new InvariantException($"no lock goes from {from} to {to}"),
    };

    /// <summary>What replicas are told when the authority leaves an unstable state.</summary>
    internal static LockAction? LastAction(LockState state) => state switch
    {
        LockState.LockSync or LockState.MixSync or LockState.ExclSync => LockAction.Sync,
        LockState.SyncMix or LockState.LockMix or LockState.ExclMix => LockAction.Mix,
        LockState.MixLock2 or LockState.MixExcl => LockAction.LockFlushed,
        _ => null,
    };

    private static LockRule Rule(LockState state) => state switch
    {
        LockState.Sync => Stable(state, LockGrant.Any, LockGrant.None, state),
        LockState.Lock => Stable(state, LockGrant.Authority, LockGrant.Authority, state),
        LockState.Mix => Stable(state, LockGrant.None, LockGrant.Any, state),
        LockState.Excl => Stable(state, LockGrant.Loner, LockGrant.Loner, LockState.Lock),
        LockState.Xlock => Stable(state, LockGrant.None, LockGrant.None, LockState.Lock),
        LockState.XlockDone => Stable(state, LockGrant.Holder, LockGrant.None, LockState.Lock),
        LockState.SyncLock => Unstable(LockState.Lock, LockDrain.Readers, LockState.Lock),
        LockState.LockSync => Unstable(LockState.Sync, LockDrain.Writers, LockState.Lock),
        LockState.SyncMix => Unstable(LockState.Mix, LockDrain.Readers, LockState.SyncMix2),
        LockState.SyncMix2 => Unstable(LockState.Mix, LockDrain.Message, LockState.SyncMix2),
        LockState.LockMix => Unstable(LockState.Mix, LockDrain.Readers, LockState.Lock),
        LockState.MixLock => Unstable(LockState.Lock, LockDrain.Writers, LockState.Mix),
        LockState.MixLock2 => Unstable(LockState.Lock, LockDrain.Writers, LockState.Lock),
        LockState.MixSync => Unstable(LockState.Sync, LockDrain.Writers, LockState.MixSync2),
        LockState.MixSync2 => Unstable(LockState.Sync, LockDrain.Message, LockState.MixSync2),
        LockState.ExclSync => Unstable(LockState.Sync, LockDrain.All, LockState.Lock),
        LockState.ExclLock => Unstable(LockState.Lock, LockDrain.All, LockState.Lock),
        LockState.ExclMix => Unstable(LockState.Mix, LockDrain.All, LockState.Lock),
        LockState.SyncExcl => Unstable(LockState.Excl, LockDrain.Readers, LockState.Lock),
        LockState.LockExcl => Unstable(LockState.Excl, LockDrain.All, LockState.Lock),
        LockState.MixExcl => Unstable(LockState.Excl, LockDrain.Writers, LockState.Lock),
        LockState.PreXlock => Unstable(LockState.Lock, LockDrain.All, LockState.Lock),
        _ => throw new InvariantException($"no lock state {state}"),
    };

    private static CapRule SimpleCaps(LockState state) => state switch
    {
        LockState.Sync => new(LockCaps.Shared, LockCaps.Shared, LockCaps.Shared),
        LockState.Excl => new(Nothing, LockCaps.Shared | LockCaps.Exclusive, Nothing),
        LockState.ExclSync or LockState.SyncExcl => new(Nothing, LockCaps.Shared, Nothing),
        _ => new(Nothing, Nothing, Nothing),
    };

    private static CapRule FileCaps(LockState state) => state switch
    {
        LockState.Sync => new(ReadCached | LockCaps.Lazy, ReadCached | LockCaps.Lazy, ReadCached),
        LockState.Lock or LockState.Xlock or LockState.XlockDone or LockState.PreXlock =>
            new(LockCaps.Cache, Unseen, Nothing),
        LockState.SyncLock or LockState.LockSync => new(LockCaps.Cache, LockCaps.Cache, Nothing),
        LockState.Mix => new(Uncached, Uncached, LockCaps.Read),
        LockState.SyncMix or LockState.SyncMix2 or LockState.MixSync or LockState.MixSync2 =>
            new(ReadUncached, ReadUncached, LockCaps.Read),
        LockState.LockMix or LockState.MixLock or LockState.MixLock2 => new(Nothing, Nothing, Nothing),
        LockState.Excl => new(Nothing, Everything, Nothing),
        LockState.ExclSync or LockState.SyncExcl => new(Nothing, ReadCached, Nothing),
        LockState.ExclLock or LockState.LockExcl => new(Nothing, Unseen, Nothing),
        LockState.ExclMix or LockState.MixExcl => new(Nothing, LockCaps.Read | LockCaps.Write, Nothing),
        _ => throw new InvariantException($"no lock state {state}"),
    };

    private static LockRule Stable(LockState state, LockGrant read, LockGrant write, LockState replica) =>
        new(state, read, write, LockDrain.None, replica);

    private static LockRule Unstable(LockState next, LockDrain drain, LockState replica) =>
        new(next, LockGrant.None, LockGrant.None, drain, replica);

    private static T[] Fill<T>(Func<LockState, T> rule)
    {
        var rules = new T[StateCount];
        for (int i = 0; i < rules.Length; i++)
            rules[i] = rule((LockState)i);
        return rules;
    }
}
