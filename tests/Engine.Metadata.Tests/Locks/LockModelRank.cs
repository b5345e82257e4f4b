// One rank of the lock model: what the cache is to the machine. Only the model and its operations change it.

using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Metadata.Tests.Locks;

/// <summary>One rank of a <see cref="LockModel"/>: host of one lock of one object, with its share of what the lock protects, and
/// some clients.</summary>
internal sealed class LockModelRank : ILockHost
{
    private readonly LockModel _model;
    private LockState _atRest;
    private MetadataLock? _item;

    public LockModelRank(LockModel model, RankId id, LockState atRest)
    {
        _model = model;
        Id = id;
        _atRest = atRest;
        Machine = new LockMachine(this, (ulong)id.Value << 48);
    }

    public RankId Id { get; }

    public LockMachine Machine { get; }

    /// <summary>Clients of this rank, by number.</summary>
    public List<LockModelClient> Clients { get; } = [];

    public LockModelClient? Loner { get; set; }

    public bool IsFrozen { get; set; }

    public int Pins { get; private set; }

    public bool EvaluationIsDue { get; set; }

    public bool IsWritingBehind { get; set; }

    /// <summary>What this rank believes is the sum of all that was written.</summary>
    public long Visible { get; set; }

    /// <summary>Written here and not yet counted at the authority.</summary>
    public long Share { get; set; }

    /// <summary>Of <see cref="Share"/>: sent, and not known to be counted.</summary>
    public long ShareSent { get; set; }

    /// <summary>At the authority: shares that came and are not yet part of the sum, by rank.</summary>
    public SortedDictionary<int, long> Taken { get; } = [];

    public MetadataLock Item => Find(_model.Object, _model.Kind);

    public LockState State => _item?.State ?? _atRest;

    public bool HasItem => _item is not null;

    public bool IsAuthority(LockObject on) => _model.Authority == this;

    public MetadataLock Find(LockObject on, LockKind kind) => _item ??= new MetadataLock(on, kind, _atRest);

    public void Retire(MetadataLock item)
    {
        Assert.Same(_item, item);
        Assert.True(item.IsIdle);
        if (HasWaiters(item, LockWaits.All))
            return;
        _atRest = item.State;
        _item = null;
    }

    public ulong Replicas(LockObject on)
    {
        Assert.Same(_model.Authority, this);
        return _model.ReplicaMask;
    }

    public bool TryGetLoner(LockObject on, out ClientId loner)
    {
        loner = Loner?.Id ?? default;
        return Loner is not null;
    }

    public LockWants Wants(MetadataLock item)
    {
        LockCaps others = LockCaps.None;
        foreach (LockModelClient client in _model.Clients)
        {
            if (client != Loner)
                others |= client.Wanted;
        }

        return new LockWants(Loner is not null, Loner?.Wanted ?? LockCaps.None, others, _model.IsDelegation);
    }

    public bool HasCapsBeyond(MetadataLock item) =>
        Clients.Any(client => (client.Issued & ~Allowed(item.State, client)) != 0);

    public void IssueCaps(MetadataLock item)
    {
        foreach (LockModelClient client in Clients)
        {
            LockCaps allowed = Allowed(item.State, client);
            client.Keeps = allowed;
            bool isShared = client != Loner || Clients.All(other => other == client
                || (other.Issued & ~LockRules.Allowed(item.Kind, item.State, Audience(other))) == 0);
            if (isShared)
                client.Issued |= client.Wanted & allowed;
        }
    }

    public bool HasWaiters(MetadataLock item, LockWaits waits) =>
        _model.Operations.Any(operation => operation.Rank == this && (operation.WaitsFor & waits) != 0);

    public bool Wake(MetadataLock item, LockWaits waits)
    {
        bool any = false;
        foreach (LockModelOperation operation in _model.Operations)
        {
            if (operation.Rank != this || (operation.WaitsFor & waits) == 0)
                continue;
            operation.WaitsFor = LockWaits.None;
            _model.Ready.Enqueue(operation);
            any = true;
        }

        return any;
    }

    public void EvaluateLater(MetadataLock item) => EvaluationIsDue = true;

    public bool TryAuthPin(LockObject on) => TryPin(on);

    public bool TryPin(LockObject on)
    {
        Assert.Same(_model.Authority, this);
        if (!IsFrozen)
            Pins++;
        return !IsFrozen;
    }

    public void Unpin(LockObject on)
    {
        Pins--;
        Assert.True(Pins >= 0);
    }

    public void Send(RankId to, MetadataLock item, LockAction action, ulong epoch)
    {
        byte[] data = [];
        if (action is LockAction.Sync or LockAction.Mix)
        {
            data = Encode(Visible);
        }
        else if (item.IsDirty && action is LockAction.LockAck or LockAction.SyncAck)
        {
            ShareSent = Share;
            data = Encode(Share);
        }

        _model.Post(this, to, new LockModelMessage(action, epoch, data));
    }

    public void SendToAuthority(MetadataLock item, LockAction action) =>
        _model.Post(this, _model.Authority.Id, new LockModelMessage(action, 0, []));

    public bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share)
    {
        Taken[from.Value] = BinaryPrimitives.ReadInt64LittleEndian(share);
        return true;
    }

    public bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state)
    {
        Visible = BinaryPrimitives.ReadInt64LittleEndian(state);
        return true;
    }

    public void WriteBehind(MetadataLock item)
    {
        Assert.False(IsWritingBehind);
        IsWritingBehind = true;
    }

    public void ShareFlushed(MetadataLock item)
    {
        Share -= ShareSent;
        ShareSent = 0;
    }

    /// <summary>The journal has the sum.</summary>
    public void CompleteWriteBehind()
    {
        IsWritingBehind = false;
        Visible += Taken.Values.Sum() + Share;
        Share = 0;
        ShareSent = 0;
        Taken.Clear();
        Machine.WrittenBehind(Item);
    }

    public LockCaps Allowed(LockState state, LockModelClient client) =>
        LockRules.Allowed(_model.Kind, state, Audience(client));

    private CapAudience Audience(LockModelClient client) =>
        _model.Authority != this ? CapAudience.Replica : client == Loner ? CapAudience.Loner : CapAudience.Any;

    private static byte[] Encode(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
