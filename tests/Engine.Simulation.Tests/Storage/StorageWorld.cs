using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation.Tests;

/// <summary>A world of one process whose actor does nothing, so that tests use its log and objects from outside.</summary>
internal sealed class StorageWorld : IDisposable
{
    public StorageWorld(ulong seed, ObjectStoreOptions? objects = null, bool opensUnfenced = false)
    {
        World = new SimWorld(new SimWorldOptions
        {
            Seed = seed, Objects = objects ?? new ObjectStoreOptions(), OpensUnfenced = opensUnfenced,
        });
        Process = World.AddRank(new RankId(0), static _ => new Idle());
        Advance(1);
    }

    public SimWorld World { get; }

    public SimProcess Process { get; }

    public SimEnvironment Life => Process.Life!;

    public ILog Log => Life.Log;

    public IObjectBackend Objects => Life.Objects;

    /// <summary>Submits an operation and runs the world until it is over.</summary>
    public IoResult Run(Action<Submission> submit)
    {
        IoResult? result = null;
        Submit(submit, found => result = found);
        while (result is null)
            Assert.True(World.Simulator.Step(), "the operation never ended");
        return result.Value;
    }

    public void Submit(Action<Submission> submit, Action<IoResult> done) => submit(new Submission(new Sink(done), 1));

    /// <summary>A fault strikes now; where it is a crash, the next life has begun afterwards.</summary>
    public void Strike(FaultKind kind, long amount = 10, int count = 0, ulong salt = 0)
    {
        World.Schedule([new FaultEntry(0, kind, World.Simulator.NowMicros, 0, -1, amount, count, salt)]);
        Advance(kind == FaultKind.Crash ? amount + 1 : 0);
    }

    /// <summary>Runs everything that is due within a time.</summary>
    public void Advance(long micros)
    {
        var end = new Marker();
        World.Simulator.Schedule(micros, end, new SimStep(StepKind.Timer, -1));
        while (!end.IsReached)
            Assert.True(World.Simulator.Step());
    }

    public void Dispose() => World.Dispose();

    private sealed class Idle : ISimActor
    {
        public bool HasStopped => false;

        public void Start() => Invariant.That(!HasStopped);

        public void Step(in RankEvent item) => Invariant.That(!HasStopped);

        public void Dispose()
        {
        }
    }

    private sealed class Sink(Action<IoResult> done) : ICompletionSink
    {
        public void Complete(ulong token, IoResult result) => done(result);
    }

    private sealed class Marker : IStepTarget
    {
        public bool IsReached { get; private set; }

        public ulong Execute(in SimStep step)
        {
            IsReached = true;
            return 0;
        }
    }
}
