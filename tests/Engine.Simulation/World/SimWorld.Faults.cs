// How faults strike, and how the world is mended.
//
// A crash ends a life as a loss of power does: what it had not flushed is lost in part. Choices are drawn from the salt of the
// fault, so that a fault does the same whichever others are taken out of the plan.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

public sealed partial class SimWorld : IStepTarget
{
    /// <summary>Mark of a run: crashes within a step, behind at least <see cref="LateEffects"/> effects of it.</summary>
    public const string CutLate = "steps cut behind many effects";

    /// <summary>Mark of a run: deaths at points that have a name.</summary>
    public const string Killed = "deaths at named points";

    /// <summary>Marks of a run, with a kind of fault behind it: how often it struck.</summary>
    public const string Struck = "faults: ";

    /// <summary>Mark of a run: bits of what was kept durably that changed for good.</summary>
    public const string BitsChanged = "bits changed for good";

    private const int LateEffects = 6;

    /// <summary>A crash that waits for a step with enough effects happens after so many steps all the same; those with many are
    /// rare.</summary>
    private const int ArmedStepsMax = 200;
    private const int ArmedStepsMaxLate = 4000;

    /// <summary>Until a process that stopped by itself is started again.</summary>
    private const long RestartMicros = 100_000;

    /// <summary>Puts a plan on the schedule.</summary>
    public void Schedule(IReadOnlyList<FaultEntry> plan)
    {
        foreach (FaultEntry entry in plan)
        {
            Simulator.Schedule(
                Math.Max(0, entry.AtMicros - Simulator.NowMicros), this,
                new SimStep(StepKind.Fault, entry.Target, (ulong)entry.Id, entry));
        }
    }

    /// <summary>Mends everything and lets no further fault strike: disks and links work, whoever is down comes back.</summary>
    public void Settle()
    {
        IsSettling = true;
        Network.Heal();
        _cutOff.ForEach(static life => life.End());
        _cutOff.Clear();
        foreach (SimProcess process in _processes)
        {
            process.Disk?.Heal();
            process.ArmedEffects = -1;
            process.ArmedKill = null;
            process.LateUntil = 0;
            if (process.Life is null)
                BeginLife(process);
        }
    }

    /// <inheritdoc/>
    public ulong Execute(in SimStep step)
    {
        SimProcess process = _processes[step.Subject];
        if (step.Kind == StepKind.Mend)
        {
            if (step.Payload is SimEnvironment cutOff)
            {
                if (_cutOff.Remove(cutOff))
                    cutOff.End();
            }
            else
            {
                BeginLife(process);
            }

            return 1;
        }

        if (IsSettling)
            return 0;
        var entry = (FaultEntry)step.Payload!;
        if (Trace.HasText)
            Trace.Say($"fault {entry}");
        bool hasStruck = Strike(process, entry);
        if (hasStruck)
        {
            Faults++;
            Count(Struck + entry.Kind);
        }

        foreach (IChecker checker in _checkers)
            checker.AfterStep(this, null);
        return hasStruck ? 2UL : 3UL;
    }

    private bool Strike(SimProcess process, in FaultEntry entry)
    {
        long until = Simulator.NowMicros + entry.Amount;
        switch (entry.Kind)
        {
            case FaultKind.Crash:
            case FaultKind.ClientCrash:
                return Crash(process, entry);
            case FaultKind.Kill:
                process.ArmedKill = entry;
                return process.Life is not null;
            case FaultKind.CrashInStep:
                return Arm(process, entry);
            case FaultKind.Takeover:
                return TakeOver(process, entry);
            case FaultKind.Reset:
                Network.Reset(process.Number, entry.Other);
                return true;
            case FaultKind.Partition:
            case FaultKind.Clog:
            case FaultKind.SlowLink:
                return Hinder(process, entry, until);
            case FaultKind.LateTimers:
                (process.LateUntil, process.LateMicros) = (until, entry.Count);
                return true;
            case FaultKind.BitFlip:
                var choice = new SeededRandom(entry.Salt);
                bool inLog = entry.Count % 2 == 0 && process.LogFile is not null;
                bool hasFlipped = inLog ? process.LogFile!.Flip(choice) : Store.Flip(choice);
                IsDamaged |= hasFlipped;
                if (hasFlipped)
                    Count(BitsChanged);
                return hasFlipped;
            default:
                return StrikeDisk(process, entry, until);
        }
    }

    private static bool StrikeDisk(SimProcess process, in FaultEntry entry, long until)
    {
        if (process.Disk is not { } disk)
            return false;
        switch (entry.Kind)
        {
            case FaultKind.DiskStall:
                disk.Stall(until);
                break;
            case FaultKind.DiskFull:
                disk.Fill(until);
                break;
            case FaultKind.StoreReadOnly:
                disk.Lock(until);
                break;
            case FaultKind.LogError:
                disk.Fail(DiskOperation.LogWrite, entry.Count);
                break;
            case FaultKind.ObjectError:
                disk.Fail(DiskOperation.ObjectWrite, entry.Count);
                break;
            default:
                disk.Fail(DiskOperation.Read, entry.Count);
                break;
        }

        return true;
    }

    private bool Hinder(SimProcess process, in FaultEntry entry, long until)
    {
        foreach (SimProcess other in _processes)
        {
            if (other == process || (entry.Other >= 0 && other.Number != entry.Other))
                continue;
            if (entry.Kind == FaultKind.SlowLink)
            {
                Network.Slow(process.Number, other.Number, until, entry.Count);
                Network.Slow(other.Number, process.Number, until, entry.Count);
                continue;
            }

            Network.Clog(process.Number, other.Number, until);
            if (entry.Kind == FaultKind.Partition)
                Network.Clog(other.Number, process.Number, until);
        }

        return true;
    }

    private static bool Arm(SimProcess process, in FaultEntry entry)
    {
        if (process.Life is null)
            return false;
        process.ArmedEffects = entry.Count;
        process.ArmedStepsLeft = entry.Count < LateEffects ? ArmedStepsMax : ArmedStepsMaxLate;
        process.ArmedBy = entry;
        return true;
    }

    /// <summary>Does the process die here? Then what there is to say of it.</summary>
    internal FaultEntry? TakeKill(SimProcess process, int point, string name)
    {
        bool isMeant = process.ArmedKill is { } armed
            && (armed.Salt % 2 == 0 || armed.Salt / 2 % Options.NamedPoints == (ulong)point);
        if (!isMeant)
            return null;
        FaultEntry kill = process.ArmedKill!.Value;
        process.ArmedKill = null;
        Arm(process, kill);
        process.ArmedStepsLeft = 1;
        Count(Killed);
        Count($"{Killed}: {name}");
        return kill;
    }

    private void CrashCut(SimProcess process)
    {
        if (process.ArmedBy.Count >= LateEffects)
            Count(CutLate);
        Crash(process, process.ArmedBy);
    }

    /// <summary>Ends the process's life as a loss of power does, and has it come back later.</summary>
    private bool Crash(SimProcess process, in FaultEntry entry)
    {
        process.ArmedEffects = -1;
        if (process.Life is not { } life)
            return false;
        EndLife(life, entry.Salt, entry.Amount);
        return true;
    }

    private void EndByItself(SimEnvironment life)
    {
        Count(Met.Failed);
        if (life.Process.Life == life)
        {
            EndLife(life, life.Incarnation, RestartMicros);
        }
        else if (_cutOff.Remove(life))
        {
            life.End();
        }
    }

    private void EndLife(SimEnvironment life, ulong salt, long downMicros)
    {
        SimProcess process = life.Process;
        Crashes++;
        process.Life = null;
        process.ArmedEffects = -1;
        Network.Detach(life);
        life.End();
        if (process.Disk is not null)
        {
            var choice = new SeededRandom(salt);
            if (life.Incarnation >= process.LogFile!.Fence)
                process.LogFile.Crash(choice);
            Store.Crash(life, choice);
        }

        Simulator.Schedule(IsSettling ? 0 : downMicros, this, new SimStep(StepKind.Mend, process.Number));
    }

    /// <summary>Starts a new life while the old one, which nobody talks to any more, still works on its log and
    /// objects.</summary>
    private bool TakeOver(SimProcess process, in FaultEntry entry)
    {
        if (process.Life is not { } life || process.Disk is null)
            return false;
        Crashes++;
        Network.Detach(life);
        foreach (Peer peer in Network.PeersOf(life))
            life.Post(new RankEvent(RankEventKind.PeerGone, From: peer));
        process.Life = null;
        process.ArmedEffects = -1;
        _cutOff.Add(life);
        Simulator.Schedule(entry.Amount, this, new SimStep(StepKind.Mend, process.Number, life.Incarnation, life));
        BeginLife(process);
        return true;
    }
}
