// What a rank offers its modules: the Migrator is one.
//
// Ownership: all of it is the rank's, and is used within steps of the rank only, on its one logical thread.

using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What a rank offers its modules.</summary>
public sealed partial class RankServices
{
    private readonly IRankEnvironment _environment;
    private readonly PeerServer _peers;
    private readonly NamespaceServer _server;
    private readonly Journal _journal;
    private readonly ClientServer _clients;
    private readonly Writeback _writeback;

    internal RankServices(
        RankOptions options, IRankEnvironment environment, MetadataCache cache, PeerServer peers, NamespaceServer server,
        ClientServer clients, Journal journal, Writeback writeback)
    {
        Options = options;
        Cache = cache;
        Sessions = clients.Sessions;
        Caps = clients.Caps;
        Locks = clients.Locks.Machine;
        LockHost = clients.Locks;
        _environment = environment;
        _peers = peers;
        _server = server;
        _journal = journal;
        _writeback = writeback;
        _clients = clients;
    }

    /// <summary>The rank's options.</summary>
    public RankOptions Options { get; }

    /// <summary>The rank.</summary>
    public RankId Me => Options.Id;

    /// <summary>Microseconds; stands within a step.</summary>
    public long NowMicros => _environment.NowMicros;

    /// <summary>A number that nobody can foresee, but a simulation.</summary>
    public ulong NextRandom() => _environment.NextRandom();

    /// <summary>The map that holds.</summary>
    public ClusterMap Map => _peers.Map;

    /// <summary>What the rank has in memory: subtree map, pins, auth pins, freezing, waiters, who has copies.</summary>
    public MetadataCache Cache { get; }

    /// <summary>Who has a session.</summary>
    public SessionTable Sessions { get; }

    /// <summary>Who may do what without asking.</summary>
    public CapTable Caps { get; }

    /// <summary>Changes locks.</summary>
    public LockMachine Locks { get; }

    /// <summary>Finds locks; also what a <see cref="LockSet"/> is made over.</summary>
    public ILockHost LockHost { get; }

    /// <summary>Is everything written back as soon as it can be, and not only when the journal is long enough?</summary>
    public bool WritesBackAtOnce
    {
        get => _writeback.IsDraining;
        set => _writeback.IsDraining = value;
    }

    /// <summary>Says which news of dropped copies wait; null while nothing moves.</summary>
    public IExpireGate? ExpireGate
    {
        get => _peers.ExpireGate;
        set => _peers.ExpireGate = value;
    }

    /// <summary>News of copies that other ranks dropped: what waits is applied or dropped here.</summary>
    public ExpireInbox Expires => _peers.Expires;

    /// <summary>Does the rank take no changes at present, since its store takes none, or its journal has no room?</summary>
    public bool IsReadOnly => _journal.Refusal.Failed || _journal.StoreError == IoError.ReadOnly;

    /// <summary>Is the rank to give away what it owns, and to end then? Told in its <see cref="Rank.Status"/>.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Ranks that the map is to let this one give subtrees to, bit r for rank r; it tells of them in its
    /// <see cref="Rank.Status"/>.</summary>
    public ulong WantedTargets { get; set; }

    /// <summary>Number of the newest event of the journal.</summary>
    public long LastSeq => _journal.LastSeq;

    /// <summary>Flushes of the journal that have ended, and how long they took together.</summary>
    public (long Count, long Micros) JournalFlushes => _journal.Flushes;

    /// <summary>Bytes of the events that the journal keeps.</summary>
    public long JournalBytes => _journal.KeptBytes;

    /// <summary>Told of each request that goes on after a wait for the end of a freeze, or of doubt about authority: how long ago
    /// it came, in microseconds. Null while nobody asks.</summary>
    public Action<long>? RequestHeldUp
    {
        get => _server.HeldUp;
        set => _server.HeldUp = value;
    }

    /// <summary>Ends the rank in order (<see cref="Rank.Stop"/>).</summary>
    public void Stop() => Stopping!();

    /// <summary>Does that.</summary>
    internal Action? Stopping { get; init; }

    /// <summary>Counts what lies in the rank's stray directories: open files without a name, and files with several.</summary>
    /// <param name="waiter">Runs when it can be counted where it cannot be now.</param>
    /// <param name="count">How many.</param>
    /// <returns>EAGAIN while the waiter waits; EIO and the like.</returns>
    public IoError CountStrays(Continuation waiter, out int count) =>
        _server.CountStrays(waiter, out count, out IoError error) == Progress.Waits ? IoError.Again : error;

    /// <summary>Sends to the present life of a rank, behind all that was sent to it before; nothing where it has none.</summary>
    /// <param name="to">The rank.</param>
    /// <param name="message">The message.</param>
    /// <param name="after">It goes, and what is sent behind it, when the event of that number is durable.</param>
    public void Send(RankId to, Message message, long after = 0) => _peers.Send(to, message, after);

    /// <summary>Asks a rank for copies of what is its own; the waiter runs when an answer has come, whatever it says.</summary>
    /// <param name="waiter">Who waits.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="question">What for; its number is given here.</param>
    public void Ask(Continuation waiter, RankId to, Discover question) => _peers.Ask(waiter, to, question);

    /// <summary>Runs the waiter once the event is durable, or with the error that ends the journal.</summary>
    public void WhenDurable(long seq, Continuation waiter) => _journal.WhenDurable(seq, waiter);

    /// <summary>Gives a subtree at rest to another rank, or says why not; see the peer's <see cref="TryTakeOver"/>. Nothing of it
    /// may be changed and not written back, and nobody use it.</summary>
    public IoError TryGiveUp(Dir root, RankId to) => _writeback.IsFlushed ? _server.TryGiveUp(root, to) : IoError.Busy;

    /// <summary>Takes over a subtree that another rank gave up by <see cref="TryGiveUp"/>; its inode is a copy here.</summary>
    public IoError TryTakeOver(NodeId inode, Frag frag, RankId from) => _server.TryTakeOver(inode, frag, from);
}
