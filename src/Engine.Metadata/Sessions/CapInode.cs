namespace Engine.Metadata;

/// <summary>The capabilities on one inode; there is one while there are any. Changed by <see cref="CapTable"/> only.</summary>
public sealed class CapInode
{
    internal CapInode(LockObject inode) => Object = inode;

    /// <summary>The inode.</summary>
    public LockObject Object { get; }

    /// <summary>Clients that have capabilities.</summary>
    public int Count { get; internal set; }

    /// <summary>The one client that may have exclusive bits, if there is one.</summary>
    public ClientId? Loner { get; internal set; }

    /// <summary>What clients of replicas want, as their ranks said.</summary>
    public CapBits WantedElsewhere { get; internal set; }

    /// <summary>The capabilities are on their way to another rank: nothing is given or taken, not even from stale clients, until
    /// that has come to an end.</summary>
    public bool IsExporting { get; internal set; }

    /// <summary>A client went stale meanwhile; see to it if the export comes to nothing.</summary>
    internal bool HasStale { get; set; }

    /// <summary>First capability, by client; 0 for none.</summary>
    internal int First { get; set; }
}
