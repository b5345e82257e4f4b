// Copies. An authority keeps, by rank, the number of the last copy that it gave of a node or dirfrag; a copy keeps its
// own number in the same place, under its own rank. Source: migrator specification, 1.6.

using System.Numerics;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed unsafe partial class MetadataCache
{
    /// <summary>The number of the copies that a rank keeps of what it gave to another one. Source: migrator specification,
    /// 1.6.</summary>
    public const uint ExportNonce = 1;

    /// <summary>Counts a copy of a node given to a rank.</summary>
    /// <returns>ENOMEM; nothing has changed then.</returns>
    public IoError TryAddReplica(NodeId node, RankId rank, out uint nonce)
    {
        nonce = NonceOf(node, rank) + 1;
        bool isFirst = Dentry(node).Replicas.Ranks == 0;
        IoError error = StoreNonce(ChainOf(node), PlaceOf(node), rank, nonce);
        if (!error.Failed)
            Wake(node, WaitMask.Replica);
        if (isFirst && !error.Failed)
        {
            Nodes[node].State |= NodeState.Replicated;
            Pin(node, PinKind.Replicated);
        }

        return error;
    }

    /// <summary>Counts a copy of a dirfrag given to a rank.</summary>
    /// <returns>ENOMEM; nothing has changed then.</returns>
    public IoError TryAddReplica(Dir dir, RankId rank, out uint nonce)
    {
        nonce = NonceOf(dir, rank) + 1;
        bool isFirst = Read(dir).Replicas.Ranks == 0;
        IoError error = StoreNonce(dir.Pages, dir.Pages.Dir, rank, nonce);
        if (isFirst && !error.Failed)
            Pin(dir, PinKind.Replicated);
        return error;
    }

    /// <summary>Forgets a rank's copy; false when it has got a later one, or none.</summary>
    public bool TryRemoveReplica(NodeId node, RankId rank, uint nonce)
    {
        if (nonce == 0 || NonceOf(node, rank) != nonce)
            return false;
        IoError error = StoreNonce(ChainOf(node), PlaceOf(node), rank, 0);
        Invariant.That(!error.Failed);
        if (Dentry(node).Replicas.Ranks != 0)
        {
            WakeLast(node, Dentry(node).Replicas.Ranks);
            return true;
        }

        Nodes[node].State &= ~NodeState.Replicated;
        Wake(node, WaitMask.Unreplicated);
        Unpin(node, PinKind.Replicated);
        return true;
    }

    /// <summary>Forgets a rank's copy; false when it has got a later one, or none.</summary>
    public bool TryRemoveReplica(Dir dir, RankId rank, uint nonce)
    {
        if (nonce == 0 || NonceOf(dir, rank) != nonce)
            return false;
        IoError error = StoreNonce(dir.Pages, dir.Pages.Dir, rank, 0);
        Invariant.That(!error.Failed);
        if (Read(dir).Replicas.Ranks != 0)
        {
            WakeLast(dir.Inode, Read(dir).Replicas.Ranks);
            return true;
        }

        Wake(dir.Inode, WaitMask.Unreplicated);
        Unpin(dir, PinKind.Replicated);
        return true;
    }

    /// <summary>Who waits for one rank alone to have a copy is tried again.</summary>
    private void WakeLast(NodeId node, ulong ranks)
    {
        if (BitOperations.IsPow2(ranks))
            Wake(node, WaitMask.Unreplicated);
    }

    /// <summary>A node is a copy no more: this rank has become authority over it.</summary>
    internal void ClearReplicas(NodeId node)
    {
        WriteDentry(node).Replicas = default;
        Nodes[node].State &= ~NodeState.Replicated;
    }

    /// <summary>As authority that is one no longer: nobody has a copy by this rank any more.</summary>
    internal void ForgetReplicas(NodeId node)
    {
        for (ulong ranks = ReplicasOf(node); ranks != 0; ranks &= ranks - 1)
        {
            RankId rank = new(BitOperations.TrailingZeroCount(ranks));
            TryRemoveReplica(node, rank, NonceOf(node, rank));
        }
    }

    /// <summary>The ranks with copies, bit r for rank r; of a copy, the rank itself.</summary>
    public ulong ReplicasOf(NodeId node) => Dentry(node).Replicas.Ranks;

    /// <summary>The ranks with copies, bit r for rank r; of a copy, the rank itself.</summary>
    public ulong ReplicasOf(Dir dir) => Read(dir).Replicas.Ranks;

    /// <summary>Number of the last copy given to the rank; 0 for none.</summary>
    public uint NonceOf(NodeId node, RankId rank) => LoadNonce(ChainOf(node), PlaceOf(node), rank);

    /// <summary>Number of the last copy given to the rank; 0 for none.</summary>
    public uint NonceOf(Dir dir, RankId rank) => LoadNonce(dir.Pages, dir.Pages.Dir, rank);

    /// <summary>Says which copy this rank's own one of a node is.</summary>
    internal void SetOwnNonce(NodeId node, uint nonce)
    {
        WriteDentry(node).Replicas = OwnReplica(nonce);
        Nodes[node].State |= NodeState.Replicated;
    }

    /// <summary>Says which copy this rank's own one of a dirfrag is.</summary>
    internal void SetOwnNonce(Dir dir, uint nonce) => Write(dir).Replicas = OwnReplica(nonce);

    /// <summary>A copy of a dirfrag is one no more: this rank becomes authority.</summary>
    internal void ClearReplicas(Dir dir)
    {
        Invariant.That(!dir.IsAuth);
        ClearReplicas(dir.Pages, dir.Pages.Dir);
    }

    /// <summary>Who had copies when the record was stored is of no interest any more.</summary>
    private void ClearReplicas(PageChain chain, RecordRef at)
    {
        bool isWritable = chain.TryWrite(ref at);
        Invariant.That(isWritable);
        *ReplicaSetOf(at) = default;
    }

    /// <summary>Loaded pages replace those of an open, empty dirfrag: who has copies of it stays. The old pages go.</summary>
    private void TakePlaceOf(PageChain old, PageChain loaded)
    {
        for (ulong ranks = ReplicaSetOf(old.Dir)->Ranks; ranks != 0; ranks &= ranks - 1)
        {
            RankId rank = new(BitOperations.TrailingZeroCount(ranks));
            IoError error = StoreNonce(loaded, loaded.Dir, rank, LoadNonce(old, old.Dir, rank));
            Invariant.That(!error.Failed);
        }

        old.Dispose();
    }

    private ReplicaSet OwnReplica(uint nonce)
    {
        ReplicaSet set = new() { Ranks = 1UL << Me.Value };
        set.Nonces[0] = nonce;
        return set;
    }

    private uint LoadNonce(PageChain chain, RecordRef at, RankId rank)
    {
        ReplicaSet* set = ReplicaSetOf(at);
        ulong bit = 1UL << rank.Value;
        if ((set->Ranks & bit) == 0)
            return 0;
        int index = BitOperations.PopCount(set->Ranks & (bit - 1));
        if (!set->IsSpilled)
            return set->Nonces[index];
        Span<uint> nonces = stackalloc uint[RankId.CountMax];
        bool isThere = chain.TryGetExt(at, ExtKind.Replicas, MemoryMarshal.AsBytes(nonces), out ReadOnlySpan<byte> value);
        Invariant.That(isThere);
        return MemoryMarshal.Cast<byte, uint>(value)[index];
    }

    /// <summary>Sets a rank's number, or takes the rank out with 0. Numbers move into an ext item, or back, as they become
    /// many or few.</summary>
    private IoError StoreNonce(PageChain chain, RecordRef at, RankId rank, uint nonce)
    {
        Span<uint> nonces = stackalloc uint[RankId.CountMax];
        ulong ranks = ReplicaSetOf(at)->Ranks | (1UL << rank.Value);
        if (nonce == 0)
            ranks &= ~(1UL << rank.Value);
        int count = 0;
        for (ulong left = ranks; left != 0; left &= left - 1)
        {
            RankId each = new(BitOperations.TrailingZeroCount(left));
            nonces[count++] = each == rank ? nonce : LoadNonce(chain, at, each);
        }

        bool isSpilled = count > ReplicaSet.InlineMax;
        IoError error = isSpilled
            ? chain.TrySetExt(ref at, ExtKind.Replicas, MemoryMarshal.AsBytes(nonces[..count]))
            : chain.TryRemoveExt(ref at, ExtKind.Replicas);
        if (error.Failed || !chain.TryWrite(ref at))
            return IoError.NoMemory;
        ReplicaSet set = new() { Ranks = ranks };
        for (int i = 0; i < count && !isSpilled; i++)
            set.Nonces[i] = nonces[i];
        *ReplicaSetOf(at) = set;
        return IoError.None;
    }

    private ReplicaSet* ReplicaSetOf(RecordRef at) =>
        Pool.KindOf(at) == RecordKind.Dir ? &Pool.Dir(at)->Replicas : &Pool.Dentry(at)->Replicas;
}
