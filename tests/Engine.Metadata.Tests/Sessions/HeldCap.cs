namespace Engine.Metadata.Tests.Sessions;

/// <summary>A capability as a client believes to have it.</summary>
internal sealed class HeldCap(Ino ino, RankId rank, ulong capId)
{
    public Ino Ino { get; } = ino;

    public RankId Rank { get; } = rank;

    public ulong CapId { get; } = capId;

    public CapBits Caps { get; set; }

    public CapBits Wanted { get; set; }

    public CapBits Dirty { get; set; }

    public uint Seq { get; set; }

    public uint IssueSeq { get; set; }

    public uint MigrationSeq { get; set; }
}
