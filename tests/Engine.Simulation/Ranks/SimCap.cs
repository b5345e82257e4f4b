using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A capability as a simulated client believes to have it.</summary>
internal sealed class SimCap(Ino ino, ulong id, int name)
{
    public Ino Ino => ino;

    public ulong Id => id;

    /// <summary>Under which name it was found.</summary>
    public int Name => name;

    /// <summary>What the client may do.</summary>
    public CapBits Caps { get; set; }

    /// <summary>What it is to keep of that, as it was told last.</summary>
    public CapBits Allowed { get; set; }

    public CapBits Wanted { get; set; }

    public uint Seq { get; set; }

    public uint IssueSeq { get; set; }

    public uint MigrationSeq { get; set; }

    /// <summary>Bits under which it changed the length, which was not sent yet.</summary>
    public CapBits Dirty { get; set; }

    public long Size { get; set; }

    /// <summary>The flush on its way; 0 for none.</summary>
    public ulong FlushTid { get; set; }

    public CapBits FlushBits { get; set; }

    public long FlushSize { get; set; }

    /// <summary>Where the flush is in the history.</summary>
    public int FlushAt { get; set; }

    /// <summary>It has been told to give back, and waits with the answer for the flush that is on its way.</summary>
    public bool OwesAnswer { get; set; }
}
