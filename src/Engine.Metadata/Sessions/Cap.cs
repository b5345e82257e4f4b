using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>What one client may do with one inode, as this rank granted it. Source: migrator specification, 1.12.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Cap
{
    /// <summary>Names it among all that this rank ever granted.</summary>
    public ulong Id { get; internal set; }

    /// <summary>Who has it.</summary>
    public ClientId Client { get; internal set; }

    /// <summary>On which inode.</summary>
    public Ino Ino { get; internal set; }

    /// <summary>Changes of the inode that the client has made belong behind this snapshot.</summary>
    public SnapId Follows { get; internal set; }

    /// <summary>When bits were last issued, microseconds of the rank's clock.</summary>
    public long IssuedAtMicros { get; internal set; }

    /// <summary>When the client was last told to give something back.</summary>
    public long RevokedAtMicros { get; internal set; }

    /// <summary>Bits that the client wants.</summary>
    public CapBits Wanted { get; internal set; }

    /// <summary>Bits of the latest grant.</summary>
    public CapBits Pending { get; internal set; }

    /// <summary>Bits that the client may believe it has: <see cref="Pending"/> and what it has not given back.</summary>
    public CapBits Issued { get; internal set; }

    /// <summary>Number of the last message about it.</summary>
    public uint Seq { get; internal set; }

    /// <summary>Number of the last message that gave bits.</summary>
    public uint IssueSeq { get; internal set; }

    /// <summary>Grows with every migration.</summary>
    public uint MigrationSeq { get; internal set; }

    /// <summary>State bits.</summary>
    public CapFlags Flags { get; internal set; }

    /// <summary>First, that is oldest, revocation that the client has not answered; 0 for none.</summary>
    internal int FirstRevoke;

    /// <summary>The next of the inode's, by client; 0 for none.</summary>
    internal int NextOnInode;

    /// <summary>Neighbours among the client's; 0 for none.</summary>
    internal int NextOfClient;

    internal int PreviousOfClient;

    /// <summary>Is something to come back?</summary>
    public readonly bool IsRevoking => (Issued & ~Pending) != 0;
}
