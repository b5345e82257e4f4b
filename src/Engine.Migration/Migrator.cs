// A rank's part in migrations: routes what comes to whoever it is for.
//
//   Migrator             messages, map, time
//   Export/Exporter*     gives regions, a file a state
//   Import/Importer*     gets them, a file a state
//   Bystander            has copies of what others move
// Ownership: records belong to exporter and importer; nothing else touches them. Used within steps of the rank only.
// Invariants: a message is judged by identity, sender and state before it is looked into; what does not fit is dropped and
// counted, never asserted.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Moves live subtrees between ranks. Source: migrator specification, 2.</summary>
public sealed class Migrator : IRankModule, IExpireGate
{
    private readonly MigrationOptions _options;
    private RankServices? _rank;
    private Exporter? _exporter;
    private Importer? _importer;
    private Bystander? _bystander;

    /// <summary>Makes it; the rank attaches it.</summary>
    public Migrator(MigrationOptions? options = null) => _options = options ?? new MigrationOptions();

    /// <summary>What was counted.</summary>
    public MigrationCounters Counters { get; } = new();

    /// <summary>The last migrations.</summary>
    public MigrationHistory History { get; } = new();

    /// <summary>Called at each kill point that is reached, for tests.</summary>
    public Action<KillPoint>? Reached { get; set; }

    /// <summary>Exports under way.</summary>
    public int ExportCount => _exporter?.Count ?? 0;

    /// <summary>Imports under way.</summary>
    public int ImportCount => _importer?.Count ?? 0;

    internal RankServices Rank => _rank!;

    internal MigrationOptions Options => _options;

    internal AttemptClock Clock { get; private set; } = new(0);

    /// <inheritdoc/>
    public void Attach(RankServices rank)
    {
        ArgumentNullException.ThrowIfNull(rank);
        Invariant.That(_rank is null);
        _rank = rank;
        _exporter = new Exporter(this);
        _importer = new Importer(this);
        _bystander = new Bystander(this);
        rank.SessionFlushed = _exporter.Flushed;
        rank.ExpireGate = this;
    }

    /// <summary>Has a subtree given to a rank as soon as its turn comes.</summary>
    /// <returns>Why not, as far as that can be said now.</returns>
    public MigrationRefusal Export(DirFrag dir, RankId to) => _exporter!.Request(dir, to, isUrgent: false);

    /// <summary>Ends an export, if it can be ended any more.</summary>
    /// <returns>False when there is none, or when it is decided.</returns>
    public bool TryCancel(MigrationId id) => _exporter!.TryCancel(id, MigrationRefusal.Asked);

    /// <summary>The states of what is under way.</summary>
    public IEnumerable<(MigrationId Id, DirFrag Base, MigrationSide Side, string State)> Live() =>
        _exporter!.Live().Concat(_importer!.Live());

    /// <inheritdoc/>
    public bool TryHandle(Peer from, Message message)
    {
        if (message is not IMigrationMessage migration)
            return false;
        RankId rank = new((int)from.Id);
        switch (migration)
        {
            case ExportDiscover or ExportPrep or ExportDir or ExportFinish or ExportCancel:
                _importer!.Handle(rank, migration);
                break;
            case ExportNotify notify:
                _bystander!.Handle(rank, notify);
                break;
            case ExportNotifyAck ack when migration.Id.Exporter != Rank.Me:
                _importer!.Handle(rank, ack);
                break;
            default:
                _exporter!.Handle(rank, migration);
                break;
        }

        (message as PagesMessage)?.Pages.Dispose();
        return true;
    }

    /// <inheritdoc/>
    public void MapChanged(ClusterMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (Clock.Last == 0 && map.IsUp(Rank.Me, Rank.Options.Incarnation))
            Clock = new AttemptClock(map.Epoch);
    }

    /// <inheritdoc/>
    public void PeerFailed(Peer peer)
    {
        if (peer.Kind != PeerKind.Rank)
            return;
        RankId rank = new((int)peer.Id);
        _exporter!.PeerFailed(rank);
        _importer!.PeerFailed(rank);
    }

    /// <inheritdoc/>
    public void Tick(long nowMicros)
    {
        _exporter!.Tick(nowMicros);
        _importer!.Tick(nowMicros);
    }

    /// <inheritdoc/>
    public bool MustDelay(Dir realm, RankId sender)
    {
        ArgumentNullException.ThrowIfNull(realm);
        return _exporter!.MustDelay(realm, sender) || _importer!.IsOpen(realm);
    }

    internal void Note(KillPoint point) => Reached?.Invoke(point);
}
