// A simulated world: processes, their disks, the network between them, the faults that strike them, and who watches.
//
// Ownership: a run owns the world; the world owns everything in it and disposes the lives.
// Invariants: everything random is drawn from generators that are forked from the seed in a fixed order; nothing iterates over an
// unordered collection; only the first violation is kept, and a run stops at it.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A deterministic world of processes with logs, objects, channels and clocks, and the faults that a plan brings over
/// it.</summary>
public sealed partial class SimWorld : IDisposable
{
    private readonly List<SimProcess> _processes = [];
    private readonly List<IChecker> _checkers = [];
    private readonly List<SimEnvironment> _cutOff = [];
    private readonly SeededRandom _random;
    private readonly SeededRandom _disks;
    private readonly SortedDictionary<string, long> _marks = new(StringComparer.Ordinal);

    /// <summary>An empty world.</summary>
    public SimWorld(SimWorldOptions options)
    {
        Options = options;
        Trace = new StepTrace(options.TraceText);
        _random = new SeededRandom(options.Seed);
        Simulator = new Simulator(_random.Next(), Trace);
        SeededRandom drawn = _random.Fork();
        NetworkOptions network = options.Network ?? NetworkOptions.Draw(drawn);
        DiskOptions disk = options.Disk ?? DiskOptions.Draw(drawn);
        Network = new SimNetwork(Simulator, _random.Next(), network with { BreaksFifo = options.BreaksFifo });
        _disks = _random.Fork();
        Store = new SimObjectStore(options.Objects);
        DiskOptions = disk;
        Simulator.Trace.Effect(options.Seed, 0);
    }

    /// <summary>What the world was made from.</summary>
    public SimWorldOptions Options { get; }

    /// <summary>The schedule.</summary>
    public Simulator Simulator { get; }

    /// <summary>The record of the run.</summary>
    public StepTrace Trace { get; }

    /// <summary>The channels.</summary>
    public SimNetwork Network { get; }

    /// <summary>The objects, shared by all processes.</summary>
    public SimObjectStore Store { get; }

    /// <summary>How every disk behaves when nothing is wrong.</summary>
    public DiskOptions DiskOptions { get; }

    /// <summary>All processes, by number.</summary>
    public IReadOnlyList<SimProcess> Processes => _processes;

    /// <summary>The first violation; null while all is well.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>Faults are over and actors begin nothing new: what is under way ends.</summary>
    public bool IsSettling { get; private set; }

    /// <summary>Lives that ended by a fault or by their own decision.</summary>
    public int Crashes { get; private set; }

    /// <summary>Faults that struck.</summary>
    public int Faults { get; private set; }

    /// <summary>A bit of what was durable has changed for good: what is damaged must be found, and is lost.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The run is over: lives that end now end with the world.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What the run came across, and how often.</summary>
    public IReadOnlyDictionary<string, long> Marks => _marks;

    /// <summary>Adds a rank, with a disk; its first life begins at once.</summary>
    public SimProcess AddRank(RankId rank, Func<SimEnvironment, ISimActor> factory) =>
        Add(PeerKind.Rank, rank.Value, factory, hasDisk: true);

    /// <summary>Adds a client, without a disk.</summary>
    public SimProcess AddClient(ClientId client, Func<SimEnvironment, ISimActor> factory) =>
        Add(PeerKind.Client, client.Value, factory, hasDisk: false);

    /// <summary>Adds any process; its first life begins at once.</summary>
    public SimProcess Add(PeerKind kind, long id, Func<SimEnvironment, ISimActor> factory, bool hasDisk)
    {
        SimDisk? disk = hasDisk ? new SimDisk(Simulator, _disks.Fork(), DiskOptions) : null;
        var process = new SimProcess(this, _processes.Count, kind, id, factory, disk);
        _processes.Add(process);
        BeginLife(process);
        return process;
    }

    /// <summary>Adds a watcher.</summary>
    public void Watch(IChecker checker) => _checkers.Add(checker);

    /// <summary>The process of that name; null when there is none.</summary>
    public SimProcess? Find(PeerKind kind, long id)
    {
        foreach (SimProcess process in _processes)
        {
            if (process.Kind == kind && process.Id == id)
                return process;
        }

        return null;
    }

    /// <summary>Says that an invariant does not hold; the first one said ends the run.</summary>
    public void Report(string invariant, string what)
    {
        Invariant.That(Invariants.IsKnown(invariant), $"{invariant} is no invariant of the specification");
        Violation ??= new Violation(invariant, what, Simulator.Steps, Simulator.NowMicros);
    }

    /// <summary>Asks the watchers at quiescence.</summary>
    public void CheckQuiescence()
    {
        foreach (IChecker checker in _checkers)
            checker.AtQuiescence(this);
    }

    /// <summary>Asks the watchers after the last step.</summary>
    public void CheckEnd()
    {
        foreach (IChecker checker in _checkers)
            checker.AtEnd(this);
    }

    /// <summary>Counts something that a run came across, so that a test can say that it did.</summary>
    public void Count(string mark, long times = 1)
    {
        if (times > 0)
            _marks[mark] = _marks.GetValueOrDefault(mark) + times;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsOver = true;
        foreach (SimProcess process in _processes)
        {
            process.Life?.End();
            process.Life = null;
        }

        _cutOff.ForEach(static life => life.End());
        _cutOff.Clear();
    }

    /// <summary>A step of a life is over.</summary>
    internal void EndStep(SimEnvironment life, bool isCut, bool hasStopped)
    {
        SimProcess process = life.Process;
        if (isCut)
            CrashCut(process);
        else if (hasStopped)
            EndByItself(life);
        else if (process.ArmedEffects >= 0 && process.Life == life && --process.ArmedStepsLeft <= 0)
            Crash(process, process.ArmedBy);
        foreach (IChecker checker in _checkers)
            checker.AfterStep(this, life);
    }

    private void BeginLife(SimProcess process)
    {
        if (process.Broken is not null || process.Life is not null)
            return;
        ulong incarnation = process.Incarnation + 1;
        if (process.LogFile is not null
            && process.LogFile.Open(incarnation, !Options.OpensUnfenced, out long damagedAt).Failed)
        {
            process.Broken = $"the log of {process} is damaged at {damagedAt}";
            Trace.Say(process.Broken);
            return;
        }

        if (!Options.OpensUnfenced)
            Store.Fence(process.Number, incarnation);
        process.Incarnation = incarnation;
        var life = new SimEnvironment(process, incarnation, _random.Fork(), Store);
        process.Life = life;
        Network.Register(life);
        Simulator.Schedule(0, life, new SimStep(StepKind.Start, process.Number, process.Incarnation));
    }
}
