// A client that holds capabilities on files that others open too, and goes on with them wherever the files go. It keeps the
// contract, as its protocol does; what it wrote and was told is durable is never lost, and what it has not been told of is.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client that opens files and keeps them open while they move.</summary>
internal sealed class ClusterOpener : RankCaller
{
    private const ulong ThinkMicrosMax = 3_000;
    private const ulong FlushMicros = 5_000;
    private const int Files = 3;
    private const int WrongOneIn = 4;
    private const int LearnsOneIn = 8;
    private const byte LearningHops = 2;
    private const CapBits Changing = CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer;

    private readonly SeededRandom _random;
    private readonly SortedDictionary<(int Rank, Ino Ino), SimFlush> _flushes = [];
    private readonly Dictionary<(Peer Rank, ulong CapId), uint> _migrations = [];
    private readonly long _index;
    private ClientRequest? _request;

    public ClusterOpener(SimEnvironment world, ClusterScenario scenario, long index)
        : base(world, scenario)
    {
        _index = index;
        _random = new SeededRandom(scenario.SeedOf(-1 - index - ((long)world.Incarnation << 32)));
    }

    public ClientId Id => new(World.Self.Id);

    public override bool IsBusy => _request is not null;

    /// <summary>What it believes to have of a rank; null where it has no session with that life of it.</summary>
    public IReadOnlyCollection<ClientCap>? HeldOf(Peer rank) =>
        Links.FirstOrDefault(link => link.Rank == rank) is { Protocol.IsOpen: true } link ? link.Protocol.Caps : null;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"opener {_index} request {Tid} at rank {AskedRank} after {Hops} hops: {_request?.Op} "
        + $"{Encoding.ASCII.GetString((_request?.Path ?? default).Span)}, "
        + $"{Links.Sum(static link => link.Protocol.Caps.Count)} held"
        + $"{string.Join("", Unflushed().Select(static held => $", {held.Ino} dirty {held.Dirty} flush {held.FlushTid}"))}");

    protected override void Begin()
    {
        if (IsBusy || IsDone)
            return;
        if (Scenario.HasOpenersEnded)
        {
            End();
            return;
        }

        UseCaps();
        _request = Draw();
        if (_random.NextInt(WrongOneIn) == 0)
            AskedRank = _random.NextInt(Links.Count);
        Hops = _random.NextInt(LearnsOneIn) == 0 ? LearningHops : (byte)0;
        Ask();
    }

    protected override ClientRequest ToRequest() => _request!;

    protected override bool AsksAfterEnd()
    {
        _request = null;
        Think(FlushMicros);
        return false;
    }

    protected override void Answered(ClientReply reply)
    {
        ForgetRequest();
        _request = null;
        if (reply.Caps is not null)
            Scenario.Opened();
        Think(_random.Next() % ThinkMicrosMax);
    }

    /// <summary>Who was not heard for too long may lose what it changed.</summary>
    protected override void Woke()
    {
        foreach (Link link in Links)
        {
            // A lease that is over ends with any call.
            link.Protocol.Flush(default);
            while (link.Protocol.TryTakeLoss(out _))
                Scenario.LeaseEnded();
        }
    }

    protected override void Taking(Link from, Message message)
    {
        switch (message)
        {
            case CapGrant grant:
                CheckMigrations(from, grant);
                if (grant.IsRevoke)
                    Scenario.Revoked();
                break;
            case CapImport:
                Scenario.CapMoved();
                break;
            case CapFlushAck ack when _flushes.TryGetValue((from.Number, ack.Ino), out SimFlush? flush)
                && flush.Tid == ack.FlushTid:
                _flushes.Remove((from.Number, ack.Ino));
                if (ack.Dirty == CapBits.None)
                    break;
                Scenario.Flushed();
                Scenario.Caps.NoteFlushed(flush);
                break;
        }
    }

    protected override void Taken(Message message)
    {
        bool isExcused = message is SessionClosed or SessionStale or SessionOpened;
        foreach (Link link in Links)
        {
            while (link.Protocol.TryTakeLoss(out ClientLoss loss))
            {
                if (!isExcused)
                    Scenario.Caps.Lost($"{this}, told {message}", loss);
            }
        }
    }

    protected override void Sending(Link to, Message message)
    {
        if (message is not CapUpdate { Dirty: not CapBits.None } update)
            return;
        SimFlush flush = new(update.Ino, update.FlushTid, update.Dirty, update.Attributes.Size);
        Scenario.Caps.NoteFlushing(flush, long.MaxValue);
        _flushes[(to.Number, update.Ino)] = flush;
    }

    /// <summary>C3: within one life of a rank; the next one knows of a capability what its client says of it, which is not from
    /// where it came.</summary>
    private void CheckMigrations(Link from, CapGrant grant)
    {
        (Peer, ulong) key = (from.Rank!.Value, grant.CapId);
        if (_migrations.TryGetValue(key, out uint before) && grant.MigrationSeq < before
            && from.Protocol.TryGetCap(grant.Ino, out ClientCap? cap) && cap.Id == grant.CapId)
            Scenario.Caps.MigrationWentBack(cap, grant.MigrationSeq);
        _migrations[key] = Math.Max(before, grant.MigrationSeq);
    }

    /// <summary>What was changed is made durable, then half of what is open closed.</summary>
    private void End()
    {
        foreach (Link link in Links)
        {
            foreach (ClientCap held in link.Protocol.Caps.ToArray())
            {
                link.Protocol.Flush(held.Ino);
                if (_random.NextBool(0.5))
                    link.Protocol.TryRelease(held.Ino);
            }
        }

        Send();
        IsDone = !Unflushed().Any();
        if (!IsDone)
            Think(FlushMicros);
    }

    private IEnumerable<ClientCap> Unflushed() => Links.SelectMany(static link => link.Protocol.Caps)
        .Where(static held => held.Dirty != CapBits.None || held.FlushTid != 0);

    /// <summary>Writes, flushes and closes, where it may.</summary>
    private void UseCaps()
    {
        foreach (Link link in Links)
        {
            foreach (ClientCap held in link.Protocol.Caps.ToArray())
            {
                CapBits bits = held.Caps & held.Allowed & Changing;
                if ((bits & CapBits.FileWrite) != 0 && _random.NextBool(0.5))
                {
                    long size = Scenario.NextSize();
                    link.Protocol.TryChange(held.Ino, bits, new CapAttributes
                    {
                        Size = size, ModifiedAt = size, AccessedAt = size, ChangedAt = size,
                    });
                }

                if (_random.NextBool(0.3))
                    link.Protocol.Flush(held.Ino);
                else if (_random.NextBool(0.1))
                    link.Protocol.TryRelease(held.Ino);
            }
        }

        Send();
    }

    private ClientRequest Draw()
    {
        bool isShared = _random.NextInt(4) != 0;
        byte[] bytes = Encoding.ASCII.GetBytes(isShared
            ? string.Create(CultureInfo.InvariantCulture, $"{Scenario.SharedTree}/f{_random.NextInt(Files)}")
            : DrawPathOfOther());
        OpenFlags reads = OpenFlags.Keep | OpenFlags.Read;
        return _random.NextInt(10) switch
        {
            0 => new ClientRequest(0, ClientOp.GetAttributes) { Path = bytes },
            1 when isShared => new ClientRequest(0, ClientOp.Unlink) { Path = bytes },
            < 4 when isShared => new ClientRequest(0, ClientOp.Create)
            {
                Path = bytes, Changes = new AttributeChanges { Mode = 0x1B6 },
            },
            _ => new ClientRequest(0, ClientOp.Open)
            {
                Path = bytes, Flags = isShared && _random.NextBool(0.6) ? reads | OpenFlags.Write : reads,
            },
        };
    }

    /// <summary>A name in the tree of a client that compares: nothing of it may be changed here.</summary>
    private string DrawPathOfOther() => string.Create(
        CultureInfo.InvariantCulture, $"/t{_random.NextInt(Scenario.TreeCount)}/{(char)('a' + _random.NextInt(5))}");
}
