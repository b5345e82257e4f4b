// One lock of one object in a cluster: an authority, replicas, clients, channels that keep order, operations that come and go.
// After every step nothing incompatible is held anywhere, and whoever reads sees all that was written.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Locks;

internal sealed class LockModel
{
    private readonly SortedDictionary<(int From, int To), Queue<LockModelMessage>> _channels = [];
    private ulong _operationLast;
    private long _written;

    public LockModel(LockKind kind, int rankCount, int clientsPerRank = 0)
    {
        Kind = kind;
        for (int i = 0; i < rankCount; i++)
        {
            var rank = new LockModelRank(this, new RankId(i), LockState.Sync);
            Ranks.Add(rank);
            for (int j = 0; j < clientsPerRank; j++)
                rank.Clients.Add(new LockModelClient(new ClientId((10 * i) + j + 1), rank));
        }

        Authority = Ranks[0];
    }

    public LockKind Kind { get; }

    public LockObject Object { get; } = LockObject.OfInode(new Ino(0x1000), new NodeId(1));

    public List<LockModelRank> Ranks { get; } = [];

    public LockModelRank Authority { get; private set; }

    public bool IsDelegation { get; set; }

    public List<LockModelOperation> Operations { get; } = [];

    public Queue<LockModelOperation> Ready { get; } = [];

    public IEnumerable<LockModelClient> Clients => Ranks.SelectMany(rank => rank.Clients);

    public ulong ReplicaMask => ((1UL << Ranks.Count) - 1) & ~(1UL << Authority.Id.Value);

    public bool HasMessages => _channels.Values.Any(channel => channel.Count > 0);

    public void Post(LockModelRank from, RankId to, LockModelMessage message)
    {
        if (!_channels.TryGetValue((from.Id.Value, to.Value), out Queue<LockModelMessage>? channel))
            _channels[(from.Id.Value, to.Value)] = channel = new Queue<LockModelMessage>();
        channel.Enqueue(message);
    }

    public LockModelOperation Begin(LockModelRank rank, LockMode mode, ClientId client)
    {
        var operation = new LockModelOperation(++_operationLast, rank, mode, client);
        Operations.Add(operation);
        Try(operation);
        return operation;
    }

    public void Try(LockModelOperation operation)
    {
        LockMachine machine = operation.Rank.Machine;
        MetadataLock item = operation.Rank.Item;
        LockStart start = operation.Mode switch
        {
            LockMode.Read => machine.StartRead(item, operation.Client),
            LockMode.Write => machine.StartWrite(item, operation.Client),
            _ => machine.StartExclusive(item, operation.Id, operation.Client),
        };
        operation.IsHolding = start == LockStart.Granted;
        operation.WaitsForUnfreeze = start == LockStart.WaitUnfreeze;
        operation.WaitsFor = start != LockStart.Wait ? LockWaits.None
            : operation.Mode switch
            {
                LockMode.Read => LockWaits.Read,
                LockMode.Write => LockWaits.Write,
                _ => LockWaits.Exclusive,
            };
        if (start == LockStart.NotAuthority)
            Operations.Remove(operation);
        // Under another's exclusive hold, which only its own client sees into, the sum is not complete.
        if (operation.IsHolding && operation.Mode == LockMode.Read && item.Owner == 0)
            Assert.Equal(_written, operation.Rank.Visible);
    }

    /// <summary>Makes the change that the operation took the lock for.</summary>
    public void Change(LockModelOperation operation)
    {
        Assert.False(operation.IsMade);
        operation.IsMade = true;
        if (operation.Mode == LockMode.Read)
            return;
        _written++;
        if (operation.Rank == Authority)
            operation.Rank.Visible++;
        else
            operation.Rank.Share++;
        if (operation.Mode == LockMode.Write)
            operation.Rank.Machine.MarkDirty(operation.Rank.Item);
        else
            operation.Rank.Machine.ExclusiveDone(operation.Rank.Item, operation.Id);
    }

    public void Finish(LockModelOperation operation)
    {
        if (!operation.IsMade)
            Change(operation);
        LockMachine machine = operation.Rank.Machine;
        MetadataLock item = operation.Rank.Item;
        Operations.Remove(operation);
        operation.IsHolding = false;
        if (operation.Mode == LockMode.Read)
            machine.FinishRead(item);
        else if (operation.Mode == LockMode.Write)
            machine.FinishWrite(item);
        else
            machine.FinishExclusive(item, operation.Id);
    }

    /// <summary>Delivers the first message of a channel. False when there is none.</summary>
    public bool Deliver(int choice)
    {
        var filled = _channels.Where(pair => pair.Value.Count > 0).ToList();
        if (filled.Count == 0)
            return false;
        Deliver(filled[choice % filled.Count].Key);
        return true;
    }

    /// <summary>Delivers a message that a rank sent. False when there is none.</summary>
    public bool DeliverFrom(LockModelRank rank)
    {
        foreach (((int From, int To) pair, Queue<LockModelMessage> channel) in _channels)
        {
            if (pair.From != rank.Id.Value || channel.Count == 0)
                continue;
            Deliver(pair);
            return true;
        }

        return false;
    }

    private void Deliver((int From, int To) pair)
    {
        LockModelMessage message = _channels[pair].Dequeue();
        (int from, int to) = pair;
        bool isHandled = Ranks[to].Machine.TryHandle(
            Ranks[to].Item, new RankId(from), message.Action, message.Epoch, message.Data);
        // An answer that comes to the old authority goes on to the new one, once.
        bool isAnswer = message.Action is LockAction.LockAck or LockAction.SyncAck or LockAction.MixAck;
        if (!isHandled && isAnswer && Ranks[to] != Authority && from != Authority.Id.Value)
            Authority.Machine.TryHandle(Authority.Item, new RankId(from), message.Action, message.Epoch, message.Data);
        else if (Authority == Ranks[to] || !isAnswer)
            Assert.True(isHandled || IsRequest(message.Action) || HasMoved, $"{message.Action} did not fit {Ranks[to].Item}");
    }

    /// <summary>May authority move while the lock is not stable?</summary>
    public bool MovesUnstable { get; set; }

    /// <summary>True once authority moved: messages may then come late.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>A client gives back what it was told to. False when there is none to do so.</summary>
    public bool GiveBack(int choice)
    {
        var owing = Clients.Where(client => (client.Issued & ~client.Keeps) != 0).ToList();
        if (owing.Count == 0)
            return false;
        LockModelClient giver = owing[choice % owing.Count];
        giver.Issued &= giver.Keeps;
        giver.Rank.Machine.CapsReturned(giver.Rank.Item);
        ChooseLoner();
        return true;
    }

    public void Want(LockModelClient client, LockCaps wanted)
    {
        client.Wanted = wanted;
        client.Issued &= client.Wanted;
        client.Rank.Machine.CapsReturned(client.Rank.Item);
        ChooseLoner();
        client.Rank.IssueCaps(client.Rank.Item);
        Authority.Machine.Evaluate(Authority.Item);
    }

    public bool Evaluate()
    {
        LockModelRank? due = Ranks.Find(rank => rank.EvaluationIsDue);
        if (due is null)
            return false;
        due.EvaluationIsDue = false;
        due.Machine.Evaluate(due.Item);
        return true;
    }

    public bool WriteBehind()
    {
        LockModelRank? writer = Ranks.Find(rank => rank.IsWritingBehind);
        writer?.CompleteWriteBehind();
        return writer is not null;
    }

    public void Unfreeze(LockModelRank rank)
    {
        rank.IsFrozen = false;
        foreach (LockModelOperation operation in Operations)
        {
            if (operation.Rank != rank || !operation.WaitsForUnfreeze)
                continue;
            operation.WaitsForUnfreeze = false;
            Ready.Enqueue(operation);
        }

        rank.Machine.Evaluate(rank.Item);
    }

    /// <summary>Moves authority, as a migration does: the object is not pinned, no operation uses it at the old authority, and
    /// all that the old authority sent has arrived, since the importer and the bystanders have answered it.</summary>
    public bool TryMove(LockModelRank importer)
    {
        LockModelRank exporter = Authority;
        if (importer == exporter || (exporter.Pins > 0 && !MovesUnstable) || exporter.IsWritingBehind
            || Operations.Any(operation => operation.Rank == exporter)
            || _channels.Any(pair => pair.Key.From == exporter.Id.Value && pair.Value.Count > 0))
            return false;
        exporter.Visible += exporter.Taken.Values.Sum() + exporter.Share;
        exporter.Taken.Clear();
        (exporter.Share, exporter.ShareSent) = (0, 0);
        LockRecord record = exporter.Machine.Export(exporter.Item);
        importer.Visible = exporter.Visible;
        Authority = importer;
        HasMoved = true;
        exporter.Loner = null;
        importer.Machine.Import(importer.Item, record, importer.Id, exporter.Id);
        exporter.Machine.BecomeReplica(exporter.Item);
        importer.Machine.Resume(importer.Item);
        foreach (LockModelRank bystander in Ranks.Where(rank => rank != importer && rank != exporter))
            bystander.Machine.AuthorityMoved(bystander.Item);
        return true;
    }

    /// <summary>Runs all that is under way to its end, beginning no operation.</summary>
    public void Settle(SeededRandom random)
    {
        for (int i = 0; i < 10_000; i++)
        {
            if (Ready.TryDequeue(out LockModelOperation? operation))
                Try(operation);
            else if (!Evaluate() && !Deliver(random.NextInt(64)) && !WriteBehind() && !GiveBack(random.NextInt(64)))
            {
                LockModelOperation? holder = Operations.Find(other => other.IsHolding);
                if (holder is null)
                    return;
                Finish(holder);
            }

            Check();
        }

        Assert.Fail("it does not come to rest: " + string.Join("; ", Ranks.Select(rank => rank.Item)));
    }

    public void CheckAtRest()
    {
        Assert.Empty(Operations);
        Assert.Equal(0UL, Authority.Item.Gather);
        Assert.True(Authority.Item.IsStable, Authority.Item.ToString());
        Assert.All(Ranks, rank => Assert.Equal(0, rank.Pins));
        Assert.All(Ranks.Where(rank => rank != Authority), rank =>
            Assert.Equal(LockRules.ReplicaState(Authority.State), rank.State));
        Assert.Equal(_written, Authority.Visible + Ranks.Sum(rank => rank.Share));
    }

    /// <summary>R4, R5 and C2 for this lock.</summary>
    public void Check()
    {
        LockModelOperation[] held = [.. Operations.Where(operation => operation.IsHolding)];
        LockModelOperation? owner = Array.Find(held, operation => operation.Mode == LockMode.Exclusive);
        bool isWritten = Array.Exists(held, operation => operation.Mode == LockMode.Write);
        bool isRead = Array.Exists(held, operation => operation.Mode == LockMode.Read
            && (owner is null || operation.Client != owner.Client));
        bool isAgreed = !(isWritten && isRead) && !(owner is not null && (isWritten || isRead))
            && held.Count(operation => operation.Mode == LockMode.Exclusive) <= 1;
        MetadataLock item = Authority.Item;
        isAgreed &= (item.Gather & ~ReplicaMask) == 0 && (item.Gather == 0 || !item.IsStable);
        LockModelClient[] clients = [.. Clients];
        foreach (LockModelClient client in clients)
        {
            if ((isWritten || owner is not null) && client != Authority.Loner)
                isAgreed &= (client.Issued & (LockCaps.Shared | LockCaps.Exclusive)) == 0;
            isAgreed &= Array.TrueForAll(clients, other => other == client || LockCapsRules.Agree(client.Issued, other.Issued));
        }

        if (!isAgreed)
            Assert.Fail(Describe());
    }

    private static bool IsRequest(LockAction action) => action >= LockAction.ReqScatter;

    private string Describe() =>
        string.Join("; ", Ranks.Select(rank => rank.Item)) + " | "
        + string.Join("; ", Clients.Select(client => $"{client.Id}: {client.Issued} of {client.Wanted}"));

    /// <summary>The one client that wants anything is the loner; an old loner is one until it has nothing beyond
    /// others.</summary>
    private void ChooseLoner()
    {
        LockModelClient[] wanting = [.. Clients.Where(client => client.Wanted != 0 || client.Issued != 0)];
        LockModelClient? chosen = wanting.Length == 1 && wanting[0].Rank == Authority ? wanting[0] : null;
        LockModelClient? old = Authority.Loner;
        if (old == chosen)
            return;
        if (old is null || (old.Issued & ~LockRules.Allowed(Kind, Authority.State, CapAudience.Any)) == 0)
            Authority.Loner = chosen;
        Authority.Machine.Evaluate(Authority.Item);
    }
}
