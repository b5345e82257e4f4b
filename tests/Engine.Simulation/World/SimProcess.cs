using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>What stays when a simulated process dies: its name, its disk, its log. Its lives come and go.</summary>
public sealed class SimProcess
{
    internal SimProcess(
        SimWorld world, int number, PeerKind kind, long id, Func<SimEnvironment, ISimActor> factory, SimDisk? disk)
    {
        World = world;
        Number = number;
        Kind = kind;
        Id = id;
        Factory = factory;
        Disk = disk;
        LogFile = disk is null ? null : new SimLogFile();
    }

    /// <summary>The world it belongs to.</summary>
    public SimWorld World { get; }

    /// <summary>Its number in the world, from 0 in order of registration.</summary>
    public int Number { get; }

    /// <summary>What it is.</summary>
    public PeerKind Kind { get; }

    /// <summary>Rank or client number.</summary>
    public long Id { get; }

    /// <summary>Its disk; null for a process that keeps nothing.</summary>
    public SimDisk? Disk { get; }

    /// <summary>Its log over all lives; null without a disk.</summary>
    public SimLogFile? LogFile { get; }

    /// <summary>The life that others talk to; null while it is down.</summary>
    public SimEnvironment? Life { get; internal set; }

    /// <summary>Number of the newest life, from 1.</summary>
    public ulong Incarnation { get; internal set; }

    /// <summary>Why it cannot begin another life; null where it can.</summary>
    public string? Broken { get; internal set; }

    internal Func<SimEnvironment, ISimActor> Factory { get; }

    /// <summary>A crash within a step waits for its step: effects that it leaves; -1 for none.</summary>
    internal int ArmedEffects { get; set; } = -1;

    internal int ArmedStepsLeft { get; set; }

    internal FaultEntry ArmedBy { get; set; }

    /// <summary>A death at a named point that has not been reached.</summary>
    internal FaultEntry? ArmedKill { get; set; }

    internal long LateUntil { get; set; }

    internal int LateMicros { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Id} (process {Number})";
}
