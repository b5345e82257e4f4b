// One life of a simulated process: the world as its actor sees it.
//
// Ownership: the world owns it and disposes it, with the actor, when the life ends. Log and objects are handles of this life;
// their content outlives it.
// Invariants: one step at a time; once a step is cut, nothing it does reaches the world any more, though it sees success; posted
// work runs in the order of posting, each piece as one step; completions arrive outside steps, and what the actor's sinks post
// then runs at once, within the same step of the schedule.
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>The simulated <see cref="IRankEnvironment"/> of one life of a process, clients included.</summary>
public sealed class SimEnvironment : IRankEnvironment, IStepTarget
{
    private const long Million = 1_000_000;
    private const int DriftPerMillionMax = 200;
    private const long SkewMicrosMax = 5_000_000;

    private readonly SeededRandom _random;
    private readonly Simulator _simulator;
    private readonly Queue<RankEvent> _posted = new();
    private readonly SimLog? _log;
    private readonly SimObjects? _objects;
    private readonly long _skewMicros;
    private readonly long _driftPerMillion;
    private ISimActor? _actor;
    private int _effects;
    private int _cutAfter = -1;
    private bool _isCut;
    private bool _inStep;
    private bool _isCompleting;

    internal SimEnvironment(SimProcess process, ulong incarnation, SeededRandom random, SimObjectStore store)
    {
        Process = process;
        Incarnation = incarnation;
        Self = new Peer(process.Kind, process.Id, process.Kind == PeerKind.Rank ? incarnation : 0);
        _random = random;
        _simulator = process.World.Simulator;
        _skewMicros = random.NextLong(SkewMicrosMax);
        _driftPerMillion = random.NextInt(-DriftPerMillionMax, DriftPerMillionMax + 1);
        if (process.Disk is not null)
        {
            _log = new SimLog(this, process.LogFile!, process.Disk);
            _objects = new SimObjects(this, store, process.Disk);
        }
    }

    /// <summary>The process that lives.</summary>
    public SimProcess Process { get; }

    /// <summary>Which of its lives this is, from 1.</summary>
    public ulong Incarnation { get; }

    /// <summary>Its name on the network.</summary>
    public Peer Self { get; }

    /// <summary>False once it died.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>The actor; null before its first step.</summary>
    public ISimActor? Actor => _actor;

    /// <inheritdoc/>
    public long NowMicros =>
        _simulator.NowMicros + _skewMicros + (_simulator.NowMicros * _driftPerMillion / Million);

    /// <inheritdoc/>
    public ILog Log => _log ?? throw new InvalidOperationException($"{Process} has no disk");

    /// <inheritdoc/>
    public IObjectBackend Objects => _objects ?? throw new InvalidOperationException($"{Process} has no disk");

    /// <inheritdoc/>
    public ulong NextRandom() => _random.Next();

    /// <summary>The name of the life that a process has now, as an ever current cluster map would tell; null while it is
    /// down.</summary>
    public Peer? Find(PeerKind kind, long id) => Process.World.Find(kind, id)?.Life?.Self;

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        ulong digest = Process.World.Network.DigestOf(message);
        if (!Effect(EffectKind.Send, digest ^ (ulong)to.Id ^ (to.Incarnation << 32)))
            return;
        if (_simulator.Trace.HasText)
            _simulator.Trace.Say($"send to {to}: {message}");
        Process.World.Network.Send(this, to, message);
    }

    /// <inheritdoc/>
    public void SetTimer(ulong token, long delayMicros)
    {
        if (!Effect(EffectKind.Timer, token))
            return;
        if (Process.LateUntil > _simulator.NowMicros)
            delayMicros += _random.NextInt(Process.LateMicros + 1);
        _simulator.Schedule(Math.Max(0, delayMicros), this, new SimStep(StepKind.Timer, Process.Number, token));
    }

    /// <inheritdoc/>
    public void Post(in RankEvent item)
    {
        if (_isCompleting)
        {
            _posted.Enqueue(item);
            return;
        }

        if (!Effect(EffectKind.Post, item.Token))
            return;
        _posted.Enqueue(item);
        _simulator.Schedule(0, this, new SimStep(StepKind.Posted, Process.Number, item.Token));
    }

    /// <inheritdoc/>
    public ulong Execute(in SimStep step)
    {
        if (!IsAlive)
            return 0;
        return step.Kind switch
        {
            StepKind.Start => Begin(),
            StepKind.Timer => Take(new RankEvent(RankEventKind.Timer, step.Token)),
            _ => Take(_posted.Dequeue()),
        };
    }

    /// <summary>The step under way has reached a point that has a name: a fault may have the process die there.</summary>
    /// <param name="point">Its number, from 0.</param>
    /// <param name="name">The name.</param>
    public void NoteReached(int point, string name)
    {
        if (_inStep && Process.Life == this && Process.World.TakeKill(Process, point, name) is { } kill)
            _cutAfter = _effects + kill.Count;
    }

    /// <summary>Makes one input a step of the actor.</summary>
    internal ulong Take(in RankEvent item)
    {
        if (!IsAlive || _actor is null)
            return 0;
        if (_simulator.Trace.HasText)
            _simulator.Trace.Say($"{Process} life {Incarnation} takes {item.Kind} {item.Token:x} {item.From} {item.Message}");
        BeginStep();
        try
        {
            _actor.Step(item);
        }
        catch (Exception exception) when (!_isCut)
        {
            Process.World.Report(Invariants.Threw, $"{Process} at {item.Kind} {item.Token:x} {item.Message}: {exception}");
        }
        catch (Exception exception)
        {
            // After its cut a step acts on answers that were never given; that it fails on them says nothing.
            _simulator.Trace.Say($"after the cut: {exception.GetType().Name}");
        }

        return EndStep();
    }

    /// <summary>Counts an effect of the step under way. False when the step is cut before it: then it must not happen.</summary>
    internal bool Effect(EffectKind kind, ulong digest)
    {
        if (_isCut || !IsAlive)
            return false;
        if (_inStep && _cutAfter >= 0 && _effects >= _cutAfter)
        {
            _isCut = true;
            return false;
        }

        _effects++;
        _simulator.Trace.Effect((ulong)kind, digest);
        return true;
    }

    /// <summary>Reports the end of an operation to the actor's sink, and runs what that posts.</summary>
    internal ulong Complete(in Submission submission, IoResult result)
    {
        _isCompleting = true;
        int before = _posted.Count;
        submission.Complete(result);
        _isCompleting = false;
        ulong outcome = 0;
        // Work posted by earlier steps has its own place on the schedule; only what came now runs now.
        int fresh = _posted.Count - before;
        for (int i = 0; i < before; i++)
            _posted.Enqueue(_posted.Dequeue());
        for (int i = 0; i < fresh && IsAlive; i++)
            outcome = TraceHash.Mix(outcome, Take(_posted.Dequeue()));
        return outcome;
    }

    /// <summary>Ends the life: nothing it began is heard of again.</summary>
    internal void End()
    {
        IsAlive = false;
        _posted.Clear();
        _log?.Dispose();
        _actor?.Dispose();
    }

    private ulong Begin()
    {
        BeginStep();
        try
        {
            _actor = Process.Factory(this);
            _actor.Start();
        }
        catch (Exception exception) when (!_isCut)
        {
            Process.World.Report(Invariants.Threw, $"{Process} at its start: {exception}");
        }

        return EndStep();
    }

    private void BeginStep()
    {
        Invariant.That(!_inStep);
        _inStep = true;
        _isCut = false;
        _effects = 0;
        _cutAfter = Process.Life == this ? Process.ArmedEffects : -1;
    }

    private ulong EndStep()
    {
        _inStep = false;
        ulong outcome = (ulong)_effects + 1;
        Process.World.EndStep(this, _isCut, _actor is { HasStopped: true });
        return outcome;
    }
}
