using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>What an event says of a migration; the dirfrags at which the region ends follow, a <see cref="DirPart"/> each.
/// The part's flags are a <see cref="MigrationStage"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct MigrationPart
{
    public const int Bytes = 48;

    public DirPart Base;
    public ulong Incarnation;
    public ulong Attempt;
    public int Exporter;
    public uint Number;

    /// <summary>The other end.</summary>
    public int Peer;

    /// <summary>Where a region has arrived: how many events brought its pages. 0 where that was not counted.</summary>
    public int Events;

    public MigrationPart(Migration migration, int events)
    {
        Base = new DirPart(migration.Base);
        Incarnation = migration.Id.Incarnation;
        Attempt = migration.Attempt;
        Exporter = migration.Id.Exporter.Value;
        Number = migration.Id.Number;
        Peer = migration.Peer.Value;
        Events = events;
    }

    /// <summary>Null for what names no dirfrag or no rank.</summary>
    public readonly Migration? TryGet(ReadOnlySpan<byte> bounds)
    {
        ReadOnlySpan<DirPart> parts = MemoryMarshal.Cast<byte, DirPart>(bounds);
        bool isGood = Base.TryGet(out DirFrag of) && IsRank(Exporter) && IsRank(Peer) && bounds.Length % DirPart.Bytes == 0;
        var names = new DirFrag[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            isGood &= parts[i].TryGet(out names[i]);
        MigrationId id = new(new RankId(Exporter), Incarnation, Number);
        return isGood ? new Migration(id, of, Attempt, new RankId(Peer), names) : null;
    }

    private static bool IsRank(int value) => value is >= 0 and < RankId.CountMax;
}
