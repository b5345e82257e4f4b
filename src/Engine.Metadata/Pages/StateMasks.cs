namespace Engine.Metadata;

/// <summary>Which state bits survive a migration: what is sent lies on the page, what the importer had beside it and what the
/// exporter keeps is decided here. Source: migrator specification, 1.3.</summary>
public static class StateMasks
{
    private const DirState DirImportKept =
        DirState.Importing | DirState.ImportBound | DirState.ExportBound | DirState.FrozenTree | DirState.Sticky;

    private const DirState DirExportKept =
        DirState.Exporting | DirState.ImportBound | DirState.ExportBound | DirState.FrozenTree | DirState.FrozenDir
        | DirState.Sticky;

    /// <summary>What a node is, which no migration changes; that it was used is the same for a trimmer of either rank.</summary>
    private const NodeState NodeIdentity =
        NodeState.Live | NodeState.Base | NodeState.Primary | NodeState.Remote | NodeState.Directory | NodeState.Referenced;

    private const NodeState NodeExportKept =
        NodeIdentity | NodeState.Frozen | NodeState.AmbiguousAuth | NodeState.ExportingCaps | NodeState.QueuedExportPin;

    /// <summary>The state that a dirfrag's page carries to the importer.</summary>
    public static DirWireState ToWire(DirState state) =>
        ((state & DirState.Complete) != 0 ? DirWireState.Complete : 0)
        | ((state & DirState.Dirty) != 0 ? DirWireState.Dirty : 0)
        | ((state & DirState.DirtyDft) != 0 ? DirWireState.DirtyDft : 0)
        | ((state & DirState.Bad) != 0 ? DirWireState.Bad : 0);

    /// <summary>The state of an imported dirfrag.</summary>
    /// <param name="wire">As its page says.</param>
    /// <param name="existing">What the importer's own object had.</param>
    public static DirState Import(DirWireState wire, DirState existing) =>
        DirState.Auth
        | (existing & DirImportKept)
        | ((wire & DirWireState.Complete) != 0 ? DirState.Complete : 0)
        | ((wire & DirWireState.Dirty) != 0 ? DirState.Dirty : 0)
        | ((wire & DirWireState.DirtyDft) != 0 ? DirState.DirtyDft : 0)
        | ((wire & DirWireState.Bad) != 0 ? DirState.Bad : 0);

    /// <summary>The state of a dirfrag at its exporter, once it is the importer's.</summary>
    public static DirState AfterExport(DirState state) => state & DirExportKept;

    /// <summary>The state of an imported node: all that the importer had, and dirty when its dentry or inode is.</summary>
    /// <param name="dentry">As the record says.</param>
    /// <param name="inode">As the record says; none where the node has no inode of its own.</param>
    /// <param name="existing">What the importer's own object had.</param>
    public static NodeState Import(DentryWireState dentry, InodeWireState inode, NodeState existing)
    {
        bool isDirty = (dentry & DentryWireState.Dirty) != 0 || (inode & InodeWireState.Dirty) != 0;
        return (existing & ~NodeState.Dirty) | (isDirty ? NodeState.Dirty : NodeState.None);
    }

    /// <summary>The state of a node at its exporter, once it is the importer's; its record's bits are all cleared.</summary>
    public static NodeState AfterExport(NodeState state) => state & NodeExportKept;
}
