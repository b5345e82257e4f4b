// A rank's part in migrations: routes what comes to whoever it is for.
//
//   Migrator             messages, map, time
//   Export/Exporter*     gives regions, a file a state
//   Import/Importer*     gets them, a file a state
//   Bystander            has copies of what others move
//   Caps/Caps*           capabilities on inodes of other ranks
//   PinKeeper            directories are where their pins say
//   Departure            the rank leaves
//   Thrasher             moves by chance, for tests
//   Resolver             what ranks tell one another after failures
// Ownership: records belong to exporter and importer; nothing else touches them. Used within steps of the rank only.
// Invariants: a message is judged by identity, sender and state before it is looked into; what does not fit is dropped and
// counted, never asserted.

using System.Numerics;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Moves live subtrees between ranks. Source: migrator specification, 2.</summary>
public sealed class Migrator : IRankModule, IExpireGate
{
    /// <summary>What is in one phase for longer is told of.</summary>
    internal const int WarningSeconds = 10;

    private RankServices? _rank;
    private Exporter? _exporter;
    private Importer? _importer;
    private Bystander? _bystander;
    private Resolver? _resolver;
    private CapsExporter? _capsExporter;
    private CapsGatherer? _capsGatherer;
    private CapsImporter? _capsImporter;
    private PinKeeper? _pins;
    private Departure? _departure;
    private Thrasher? _thrasher;
    private EmptyReturns? _empty;
    private bool _isClockSet;

    /// <summary>Makes it; the rank attaches it.</summary>
    public Migrator(MigrationOptions? options = null) => Options = options ?? new MigrationOptions();

    /// <summary>Limits and deadlines. What is changed holds for phases that begin after that, and not for those under way.
    /// Between steps, or within one.</summary>
    public MigrationOptions Options { get; set; }

    /// <summary>What was counted.</summary>
    public MigrationCounters Counters { get; } = new();

    /// <summary>The last migrations.</summary>
    public MigrationHistory History { get; } = new();

    /// <summary>Measures; null while nobody asks.</summary>
    public MigrationMeter? Meter { get; private set; }

    /// <summary>Has what happens measured from now on; once, after it was attached.</summary>
    /// <param name="clock">For what is shorter than a step of the rank.</param>
    /// <returns>The meter; its owner ends it.</returns>
    public MigrationMeter Measure(TimeProvider clock)
    {
        Invariant.That(Meter is null && _rank is not null);
        return Meter = new MigrationMeter(this, clock);
    }

    /// <summary>Called at each kill point that is reached, for tests.</summary>
    public Action<KillPoint>? Reached { get; set; }

    /// <summary>Exports under way.</summary>
    public int ExportCount => _exporter?.Count ?? 0;

    /// <summary>What is known of them, for checks.</summary>
    internal IReadOnlyCollection<ImportRecord> Imports => _importer!.Records;

    /// <summary>Imports under way.</summary>
    public int ImportCount => _importer?.Count ?? 0;

    internal RankServices Rank => _rank!;

    internal AttemptClock Clock { get; private set; } = new(0);

    /// <summary>Ends of lives and channels so far: who finds more than there were cannot rely on what others were told.</summary>
    internal long Failures { get; private set; }

    /// <inheritdoc/>
    public void Attach(RankServices rank)
    {
        ArgumentNullException.ThrowIfNull(rank);
        Invariant.That(_rank is null);
        _rank = rank;
        _exporter = new Exporter(this);
        _importer = new Importer(this);
        _bystander = new Bystander(this);
        _resolver = new Resolver(this);
        _capsExporter = new CapsExporter(this);
        _capsGatherer = new CapsGatherer(this);
        rank.AwaitsOthers = _capsGatherer.Awaits;
        _capsImporter = new CapsImporter(this);
        _pins = new PinKeeper(this);
        _departure = new Departure(this);
        _thrasher = new Thrasher(this);
        _empty = new EmptyReturns(this);
        rank.SessionFlushed = _exporter.Flushed;
        rank.ExpireGate = this;
    }

    /// <summary>Has a subtree given to a rank as soon as its turn comes.</summary>
    /// <returns>Why not, as far as that can be said now.</returns>
    public MigrationRefusal Export(DirFrag dir, RankId to) => _exporter!.Request(dir, to, isUrgent: false);

    /// <summary>Has a directory given to a rank, in the parts that it is divided into and this rank has.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="first">The part that goes first.</param>
    /// <returns>Why not, as far as that can be said now: of a part, where none goes.</returns>
    public MigrationRefusal Export(Ino directory, RankId to, out DirFrag first) =>
        _exporter!.Request(directory, to, out first);

    /// <summary>Migrations that have been in one phase for so long that somebody may have to look: what waits for them, a rank
    /// that comes back too, waits as long. A line each.</summary>
    public IEnumerable<string> Warnings(long nowMicros) =>
        _exporter!.Warnings(nowMicros).Concat(_importer!.Warnings(nowMicros));

    /// <summary>Dirfrags that were made bounds by <see cref="MigrationOptions.ThrashExports"/>.</summary>
    public long Cuts => _thrasher!.Cuts;

    /// <summary>Has the rank give away what it owns, and end then.</summary>
    /// <returns>Why it has to stay.</returns>
    public MigrationRefusal Leave() => _departure!.Begin();

    /// <summary>What keeps a rank that leaves here yet; null while it does not leave.</summary>
    public string? LeavingWaitsFor => _departure!.WaitsFor;

    /// <summary>Directories with pins of their own that this rank serves, as far as it knows by now.</summary>
    public IEnumerable<DirFrag> Pinned => _pins!.Pinned;

    /// <summary>Pins of directories of this rank's to ranks that cannot have them: each is tried again with the next
    /// map.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> UnfollowedPins => _pins!.Unfollowed;

    /// <summary>Exports that wait for their turn, in their order.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> Waiting => _exporter!.Waiting;

    /// <summary>Forgets the exports that wait.</summary>
    /// <returns>How many.</returns>
    public int ClearQueue() => _exporter!.ClearQueue();

    /// <summary>Are parts of it on their way, or is the rest, or what it is itself a part of?</summary>
    public bool GoesInParts(DirFrag dir) => _exporter!.GoesInParts(dir);

    /// <summary>What was asked for of which an export is a part, or was one; null where it was all, or long ago.</summary>
    public DirFrag? BaseOf(MigrationId id) => _exporter!.BaseOf(id);

    /// <summary>What became of something that was asked for in parts: nothing is refused where all of it has gone; null where it
    /// has not ended, or long ago.</summary>
    public MigrationRefusal? OutcomeOf(DirFrag name) => _exporter!.OutcomeOf(name);

    /// <summary>What a migration waits for, in words; null where it is none that is under way.</summary>
    public string? WaitsFor(MigrationId id) => _exporter!.WaitsFor(id) ?? _importer!.WaitsFor(id);

    /// <summary>Do exports that wait not begin?</summary>
    public bool IsPaused => _exporter!.IsPaused;

    /// <summary>Has no export begin from now on, or again; what is under way goes on.</summary>
    public void Pause(bool isPaused) => _exporter!.Pause(isPaused);

    /// <summary>Ends an export, if it can be ended any more.</summary>
    /// <returns>False when there is none, or when it is decided.</returns>
    public bool TryCancel(MigrationId id) => _exporter!.TryCancel(id, MigrationRefusal.Asked);

    /// <summary>Asks the ranks with copies of an inode for the capabilities that clients have there: they hand them over by
    /// themselves too, but may not know yet that they can.</summary>
    public void GatherCaps(Ino ino)
    {
        NodeId node = Rank.Cache.FindInode(ino);
        ulong copies = node.IsNone || !Rank.Cache.IsAuth(node) ? 0 : Rank.Cache.ReplicasOf(node);
        for (; copies != 0; copies &= copies - 1)
            Rank.Send(new RankId(BitOperations.TrailingZeroCount(copies)), new GatherCaps(ino));
    }

    /// <summary>The states of what is under way.</summary>
    public IEnumerable<(MigrationId Id, DirFrag Base, MigrationSide Side, string State)> Live() =>
        _exporter!.Live().Concat(_importer!.Live());

    /// <inheritdoc/>
    public bool TryHandle(Peer from, Message message)
    {
        RankId rank = new((int)from.Id);
        if (message is not IMigrationMessage migration)
            return TryHandleOther(rank, message);
        switch (migration)
        {
            case ExportDiscover or ExportStage or ExportPrep or ExportDir or ExportFinish or ExportCancel:
                _importer!.Handle(rank, migration);
                break;
            case ExportNotify notify:
                _bystander!.Handle(rank, notify);
                break;
            case ExportFinishAck ack:
                _exporter!.Confirmed(rank, ack);
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

    /// <summary>Messages that belong to no migration.</summary>
    private bool TryHandleOther(RankId from, Message message)
    {
        switch (message)
        {
            case Resolve resolve:
                _resolver!.Handle(from, resolve);
                return true;
            case ExportCaps caps:
                _capsImporter!.Handle(from, caps);
                return true;
            case ExportCapsAck ack:
                _capsExporter!.Handle(from, ack);
                return true;
            case GatherCaps gather:
                _capsExporter!.Handle(gather);
                return true;
            case GatherAllCaps gather:
                _capsExporter!.Handle(from, gather);
                return true;
            case GatherAllCapsAck ack:
                _capsGatherer!.Handle(from);
                _importer!.CapsCame(from, ack.Tid);
                return true;
            case PinNews news:
                _pins!.Handle(from, news);
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public void Audit(List<string> findings) =>
        new MigrationAudit(Rank.Cache, _exporter!.Records, _importer!.Records, findings).Run();

    /// <inheritdoc/>
    public void MapChanged(ClusterMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (!_isClockSet && map.IsUp(Rank.Me, Rank.Options.Incarnation))
        {
            ulong known = Clock.Last;
            Clock = new AttemptClock(map.Epoch);
            Clock.Observe(known);
            _isClockSet = true;
        }

        _exporter!.MapChanged();
        _resolver!.TellAll();
        _capsGatherer!.MapChanged();
    }

    /// <inheritdoc/>
    public void Recovered()
    {
        _importer!.Restore();
        _resolver!.Recovered();
    }

    /// <inheritdoc/>
    public void PeerFailed(Peer peer)
    {
        if (peer.Kind != PeerKind.Rank)
            return;
        RankId rank = new((int)peer.Id);
        // Else only the channel has ended, and what was on its way is lost.
        bool isOver = !Rank.Map.IsUp(rank, peer.Incarnation);
        Failures++;
        _exporter!.PeerFailed(rank, isOver);
        _importer!.PeerFailed(rank, isOver);
        _bystander!.PeerFailed(rank);
        _resolver!.PeerFailed(rank);
        _capsExporter!.PeerFailed(rank);
        _pins!.PeerFailed(rank);
    }

    /// <inheritdoc/>
    public void Tick(long nowMicros)
    {
        _pins!.Tick();
        _departure!.Tick();
        _thrasher!.Tick();
        _empty!.Tick();
        _exporter!.Tick(nowMicros);
        _importer!.Tick(nowMicros);
        _capsExporter!.Tick();
        _capsGatherer!.Tick();
        _resolver!.TellAll();
    }

    /// <inheritdoc/>
    public bool MustDelay(Dir realm, RankId sender)
    {
        ArgumentNullException.ThrowIfNull(realm);
        return _exporter!.MustDelay(realm, sender) || _importer!.IsOpen(realm);
    }

    /// <summary>A pin has a directory given to a rank, before what else waits.</summary>
    internal MigrationRefusal ExportPinned(DirFrag dir, RankId to) => _exporter!.Request(dir, to, isUrgent: true);

    /// <summary>A pin says something else now.</summary>
    internal void WithdrawPinned(DirFrag dir, RankId to) => _exporter!.Withdraw(dir, to);

    /// <summary>Does it lie in a rank's private directory, or is it the root?</summary>
    internal bool IsOfSystem(Dir dir) => Rank.Cache.TryDirOf(dir.Inode) is null || _exporter!.IsOfSystem(dir);

    internal PinKeeper Pins => _pins!;

    internal Thrasher Thrash => _thrasher!;

    /// <summary>Where a directory is pinned to.</summary>
    internal RankId PinOf(Dir dir) => _pins!.PinOf(dir);

    /// <summary>Imports from a rank that only it can decide.</summary>
    internal IReadOnlyList<AmbiguousImport> UndecidedFrom(RankId rank) => _importer!.UndecidedFrom(rank);

    /// <summary>Says what became of an export that the other rank cannot decide.</summary>
    internal void AnswerFor(RankId from, AmbiguousImport import) => _exporter!.AnswerFor(from, import);

    /// <summary>A rank has forgotten what it gave this one copies of: it heard of the end of a channel later than this rank, and
    /// may have been given a region since with copies that this rank knows to be good.</summary>
    internal void Forgotten(RankId by)
    {
        Failures++;
        _bystander!.PeerFailed(by);
    }

    /// <summary>Is it decided that something is a rank's, of which it has not been told all?</summary>
    internal bool IsGivingTo(RankId rank) => _exporter!.IsGivingTo(rank);

    /// <summary>Has a rank hand over what clients came back to it with.</summary>
    /// <returns>The least number of the answer.</returns>
    internal ulong AskForCaps(RankId rank) => _capsGatherer!.Ask(rank);

    /// <summary>Does an inode lie in a region that waits for that?</summary>
    internal bool AwaitsCapsOf(NodeId node) => _importer!.AwaitsCapsOf(node);

    /// <summary>Something of that has come.</summary>
    /// <returns>Has nobody anything of the inode that may be issued?</returns>
    internal bool NoteGathered(NodeId node, Ino ino) => _importer!.NoteGathered(node, ino);

    /// <summary>What goes cannot be locked any longer.</summary>
    internal void ReleaseLocks(Predicate<LockObject> which) => _exporter!.ReleaseLocks(which);

    /// <summary>Tells everybody whose a subtree is.</summary>
    internal void Announce(Dir dir) => _resolver!.Announce(dir);

    /// <summary>This rank takes part in an attempt to move a region.</summary>
    internal void Note(DirFrag root, ulong attempt)
    {
        Clock.Observe(attempt);
        _bystander!.Note(root, attempt);
    }

    /// <summary>For how long each import has waited, in microseconds, that only its exporter's journal can decide, since that
    /// exporter failed.</summary>
    internal IEnumerable<long> Undecided() => _importer!.Undecided();

    /// <summary>A message that crossed with an end, or came twice.</summary>
    internal void NoteLate(Message message)
    {
        Counters.Late++;
        Meter?.Dropped(message, "late");
    }

    /// <summary>A message that nobody may send.</summary>
    internal void NoteViolation(RankId from, Message message, string where)
    {
        Counters.Violate(from, message, where);
        Meter?.Dropped(message, "violation");
    }

    internal void Note(KillPoint point) => Reached?.Invoke(point);
}
