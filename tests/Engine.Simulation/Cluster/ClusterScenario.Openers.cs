using System.Globalization;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <content>Clients that hold capabilities on files which move with their directories: C1 to C6 of the migrator specification,
/// over all ranks.</content>
internal sealed partial class ClusterScenario
{
    /// <summary>Mark of a run: files that were opened and kept open.</summary>
    public const string FilesOpened = "files opened";

    /// <summary>Mark of a run: capabilities that clients were told to give back in part.</summary>
    public const string Revokes = "capabilities revoked";

    /// <summary>Mark of a run: changes of files that clients were told are durable.</summary>
    public const string Flushes = "changes flushed";

    /// <summary>Mark of a run: changes that clients lost since they were not heard for too long.</summary>
    public const string LeasesEnded = "changes lost with leases";

    /// <summary>Mark of a run: capabilities that moved to another rank.</summary>
    public const string CapsMoved = "capabilities moved";

    /// <summary>How many of them there are at most.</summary>
    public const int OpenersMax = 3;

    private const ulong OpenersSalt = 0x09E7E5;
    private const long FirstOpener = 50;
    private const int BeliefEvery = 16;
    private const int RanksMin = 3;
    private const int RanksMax = 5;

    private readonly List<SimProcess> _openers = [];
    private readonly List<CapInode> _inodes = [];
    private readonly List<Cap> _held = [];
    private CapChecks? _caps;
    private long _size;

    /// <summary>Clients hold capabilities.</summary>
    public bool HasOpeners { get; private set; }

    /// <summary>They begin nothing more.</summary>
    public bool HasOpenersEnded => _world!.IsSettling;

    /// <summary>What watches over capabilities.</summary>
    public CapChecks Caps => _caps!;

    /// <summary>The directory with the files that several clients open.</summary>
    public string SharedTree { get; private set; } = "";

    /// <summary>Directories of clients.</summary>
    public int TreeCount => _clients.Count;

    private bool AreOpenersDone => _openers.TrueForAll(process => process.Life?.Actor is ClusterOpener { IsDone: true });

    /// <summary>A length that is greater than any before: what one client wrote last is what all of them find.</summary>
    public long NextSize() => ++_size;

    /// <summary>A file was opened.</summary>
    public void Opened() => _world!.Count(FilesOpened);

    /// <summary>Somebody was told to give something back.</summary>
    public void Revoked() => _world!.Count(Revokes);

    /// <summary>A client was told that what it changed is durable.</summary>
    public void Flushed() => _world!.Count(Flushes);

    /// <summary>A client was silent for so long that others may have what it had.</summary>
    public void LeaseEnded() => _world!.Count(LeasesEnded);

    /// <summary>A client was told that a capability has moved.</summary>
    public void CapMoved() => _world!.Count(CapsMoved);

    /// <summary>How many there are: in half of the seeds some. From a generator of their own, so that runs from before there were
    /// any stay what they are.</summary>
    private int DrawOpeners(out SeededRandom random)
    {
        random = new SeededRandom(TraceHash.Mix(_spec.Seed, OpenersSalt));
        int drawn = random.NextBool(0.5) ? random.NextInt(1, OpenersMax + 1) : 0;
        return Migrates ? _spec.Openers ?? drawn : 0;
    }

    private static RankOptions WithSessions(RankOptions options) => options with
    {
        SessionTimeoutMicros = RankScenario.SessionTimeoutMicros, SessionAutocloseMicros = 600_000, RevokeMicros = 100_000,
    };

    private void AddOpeners(SimWorld world, int count)
    {
        SharedTree = string.Create(CultureInfo.InvariantCulture, $"/t{_clients.Count}");
        for (int i = 0; i < count; i++)
        {
            int index = i;
            _openers.Add(world.AddClient(new ClientId(FirstOpener + i), life => new ClusterOpener(life, this, index)));
        }
    }

    private void CheckCaps(Rank rank, Peer self, bool isQuiescent)
    {
        _inodes.Clear();
        rank.Caps.List(_inodes);
        foreach (CapInode inode in _inodes)
        {
            if (!inode.IsExporting && rank.Cache.IsAuth(inode.Object.Node) && !rank.Cache.IsFrozen(inode.Object.Node))
                Caps.CheckAgree(rank, inode);
        }

        Caps.CheckFlushed(rank);
        foreach (SimProcess process in _openers)
        {
            if (process.Life is not { Actor: ClusterOpener opener } life || opener.HeldOf(self) is not { } belief
                || !Caps.IsCurrent(rank, self, life.Self, opener.Id))
                continue;
            Caps.CheckBelief(rank, opener.Id, belief, $"{opener}");
            if (isQuiescent)
                CheckStranded(rank, opener, belief);
        }
    }

    /// <summary>C1, at rest: what a rank gave to a client, the client knows that it has.</summary>
    private void CheckStranded(Rank rank, ClusterOpener opener, IReadOnlyCollection<ClientCap> belief)
    {
        foreach (CapInode inode in _inodes)
        {
            _held.Clear();
            rank.Caps.List(inode, _held);
            foreach (Cap cap in _held)
            {
                if (cap.Client == opener.Id && !belief.Any(held => held.Ino == cap.Ino && held.Id == cap.Id))
                    _world!.Report("C1", $"{opener} does not know of capability {cap.Id} on {cap.Ino} of {rank.Cache.Me}");
            }
        }
    }
}
