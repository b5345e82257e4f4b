namespace Engine.Metadata;

/// <summary>A capability as its client knows it. Only <see cref="ClientProtocol{T}"/> changes it.</summary>
public sealed class ClientCap
{
    internal ClientCap(Ino ino, ulong id, ReadOnlyMemory<byte> path)
    {
        Ino = ino;
        Id = id;
        Path = path;
    }

    /// <summary>The inode.</summary>
    public Ino Ino { get; }

    /// <summary>The capability.</summary>
    public ulong Id { get; }

    /// <summary>Where the inode was found; it may be elsewhere by now.</summary>
    public ReadOnlyMemory<byte> Path { get; }

    /// <summary>What the client may do: it has bits that it is to give back until it answers.</summary>
    public CapBits Caps { get; internal set; }

    /// <summary>What it is to keep of that, as it was told last.</summary>
    public CapBits Allowed { get; internal set; }

    /// <summary>What it wants.</summary>
    public CapBits Wanted { get; internal set; }

    /// <summary>Bits under which something changed that was not sent yet.</summary>
    public CapBits Dirty { get; internal set; }

    /// <summary>What changed.</summary>
    public CapAttributes Changes { get; internal set; }

    /// <summary>The flush on its way; 0 for none, be it answered or given up as lost. When the capability moves to another rank
    /// the flush goes on there, under another number.</summary>
    public ulong FlushTid { get; internal set; }

    /// <summary>The bits under which that flush changed something.</summary>
    public CapBits FlushBits { get; internal set; }

    /// <summary>What that flush says. Until it is acknowledged an answer of the rank may tell what was before it, where the
    /// client keeps the bits: it lays this, and <see cref="Changes"/>, over what it is told.</summary>
    public CapAttributes FlushChanges { get; internal set; }

    /// <summary>Number of the last message about it.</summary>
    public uint Seq { get; internal set; }

    /// <summary>Number of the last message that gave bits.</summary>
    public uint IssueSeq { get; internal set; }

    /// <summary>Its migration number, as it was told last.</summary>
    public uint MigrationSeq { get; internal set; }

    /// <summary>It was told to give back, and waits with the answer for the flush that is on its way.</summary>
    internal bool OwesAnswer { get; set; }

    /// <summary>Another rank told of it; the one that is to have it has not.</summary>
    public bool IsClaimed { get; internal set; }

    /// <summary>The flush moved with the capability, and has not been sent here.</summary>
    internal bool IsFlushDue { get; set; }
}
