// Drives a script.
using Engine.Buffers;

namespace Engine.Stores.Tests.Durability;

// Purpose: runs a script on a bench, tells the oracle what was asked and what was acknowledged, and checks every read.
// Ownership: one thread; a pending step is looked at only between device steps.
// Invariants: requests whose sectors overlap are never under way together, so that the model has one order; a request that is
// still under way when the device is idle and time has passed is a hang and fails the run.

/// <summary>Drives a script.</summary>
internal sealed class ScriptRunner(DurabilityScript script, ScriptBench bench)
{
    private const int PendingMax = 8;
    private const int IdleRounds = 60;
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly List<PendingStep> _pending = [];
    private readonly List<string> _history = [];
    private readonly SeededRandom _data = new(script.Seed + 2000);

    public SectorOracle Oracle { get; } = new(bench.Image);

    /// <summary>Errors that requests, opens and closes ended with.</summary>
    public List<IoError> Errors { get; } = [];

    /// <summary>Acknowledged flushes and FUA writes.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Discards that were done.</summary>
    public int Discards { get; private set; }

    /// <summary>What was started and how it ended, for messages.</summary>
    public string History => string.Join('\n', _history);

    private int Now => bench.Recorder.EventCount;

    /// <summary>Runs the script to its last step; nothing is under way then, and the target is open.</summary>
    public void Run()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Open();
            foreach (ScriptStep step in script.Steps())
                Do(step);
            Settle(_pending.Count);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Flushes until a flush succeeds, then closes: afterwards the device holds the newest content. Without a cache a
    /// volume that failed to flush once does so until it is opened again.</summary>
    public void Finish()
    {
        for (int i = 0; Start(new ScriptStep(StepKind.Flush, 0, 0, 0, true)).Failed; i++)
        {
            Assert.True(i < 5, "a flush keeps failing on a healthy device");
            if (script.Kind == TargetKind.DirectVolume)
                Reopen();
        }

        Assert.Equal(IoError.None, Await(bench.Target.Close().AsTask()));
        bench.Drop();
        Oracle.CheckNewest(bench.Image);
    }

    private void Do(in ScriptStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Age:
                bench.Clock.Advance(s_tick * 6);
                break;
            case StepKind.Reopen:
                Reopen();
                break;
            default:
                Start(step);
                break;
        }

        for (int i = 0; i < step.DeviceSteps && bench.StepDevice(); i++)
            Collect();
    }

    private void Reopen()
    {
        Settle(_pending.Count);
        int[] covered = Oracle.Covered();
        IoError error = Await(bench.Target.Close().AsTask());
        bench.Drop();
        _history.Add($"{Now}: reopened, closing ended with {error}");
        if (error.Failed)
        {
            Errors.Add(error);
            Oracle.LoseUnflushed(Now);
        }
        else
        {
            Oracle.Flushed(covered, Now);
        }

        Open();
    }

    /// <summary>A fault may meet the opening; the next try finds a healthy device.</summary>
    private void Open()
    {
        try
        {
            bench.Open();
        }
        catch (StoreException refusal)
        {
            Errors.Add(new IoError(refusal.Errno));
            bench.Open();
        }
    }

    /// <summary>Submits a step; the result when it waited, else none.</summary>
    private IoError Start(in ScriptStep step)
    {
        ScriptStep mine = step;
        while (_pending.Count >= PendingMax || _pending.Exists(pending => pending.Overlaps(mine)))
            Settle(1);
        _history.Add($"{Now}: {step.Kind} {step.Offset}~{step.Length}");
        PendingStep started = Submit(step);
        _pending.Add(started);
        Collect();
        if (!step.Waits)
            return IoError.None;
        while (_pending.Contains(started))
            Settle(1);
        return started.Task.Result;
    }

    private PendingStep Submit(in ScriptStep step)
    {
        IDurabilityTarget target = bench.Target;
        switch (step.Kind)
        {
            case StepKind.Write:
            case StepKind.FuaWrite:
                byte[] data = new byte[step.Length];
                _data.NextBytes(data);
                Oracle.Submit(step.Offset, data, Now);
                return new PendingStep(step, target.Write(step.Offset, data, step.Kind == StepKind.FuaWrite).AsTask());
            case StepKind.WriteZeroes:
                Oracle.Submit(step.Offset, new byte[step.Length], Now);
                return new PendingStep(step, target.WriteZeroes(step.Offset, step.Length).AsTask());
            case StepKind.Discard:
                Oracle.SubmitDiscard(step.Offset, step.Length, Now);
                return new PendingStep(step, target.Discard(step.Offset, step.Length).AsTask());
            case StepKind.Read:
                byte[] destination = new byte[step.Length];
                return new PendingStep(step, target.Read(step.Offset, destination).AsTask()) { Destination = destination };
            default:
                return new PendingStep(step, target.Flush().AsTask()) { Covered = Oracle.Covered() };
        }
    }

    /// <summary>Completes device requests until at most all but <paramref name="count"/> of the pending steps are left.</summary>
    private void Settle(int count)
    {
        int target = Math.Max(0, _pending.Count - count);
        int idle = 0;
        while (_pending.Count > target)
        {
            if (!bench.StepDevice())
            {
                Assert.True(idle++ < IdleRounds, $"{script}: hang: {_pending[0].Step} never ended");
                bench.Clock.Advance(s_tick);
                if (idle == IdleRounds)
                    Task.WaitAny([.. _pending.Select(pending => pending.Task)], s_patience);
            }

            Collect();
        }
    }

    private IoError Await(Task<IoError> task)
    {
        for (int idle = 0; !task.IsCompleted;)
        {
            if (bench.StepDevice())
                continue;
            Assert.True(idle++ < IdleRounds, $"{script}: hang: close never ended");
            bench.Clock.Advance(s_tick);
            if (idle == IdleRounds)
                Task.WaitAny([task], s_patience);
        }

        return task.Result;
    }

    private void Collect()
    {
        for (int i = 0; i < _pending.Count;)
        {
            PendingStep pending = _pending[i];
            if (!pending.Task.IsCompleted)
            {
                i++;
                continue;
            }

            _pending.RemoveAt(i);
            Note(pending.Step, pending);
        }
    }

    /// <summary>May a failure of such a step lose what was written there before it, back to the last flush? The flush of a FUA
    /// write may, the store's or one below the device, and the write's range is undefined then (specification 2.6).</summary>
    private static bool Drops(StepKind kind) => kind is StepKind.WriteZeroes or StepKind.Discard or StepKind.FuaWrite;

    private void Note(in ScriptStep step, PendingStep pending)
    {
        IoError error = pending.Task.Result;
        bool modifies = step.Kind is not (StepKind.Read or StepKind.Flush);
        _history.Add($"{Now}:   {step.Kind} {step.Offset}~{step.Length} ended with {error}");
        if (error.Failed)
        {
            Errors.Add(error);
            if (modifies)
                Oracle.Fail(step.Offset, step.Length, Now, Drops(step.Kind));
            return;
        }

        if (modifies)
            Oracle.Complete(step.Offset, step.Length);
        if (step.Kind == StepKind.Read)
            Oracle.CheckRead(step.Offset, pending.Destination);
        if (step.Kind == StepKind.Discard)
            Discards++;
        if (step.Kind == StepKind.FuaWrite)
            Oracle.Fua(step.Offset, step.Length, Now);
        if (step.Kind == StepKind.Flush)
            Oracle.Flushed(pending.Covered!, Now);
        if (step.Kind is StepKind.Flush or StepKind.FuaWrite)
            Acknowledged++;
    }
}
