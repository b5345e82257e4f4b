using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Catalogue, part A: the table of the specification's 1.3, bit by bit.</summary>
public sealed class StateMaskTests
{
    private static readonly (DirWireState Wire, DirState State)[] s_dirWire =
    [
        (DirWireState.Complete, DirState.Complete),
        (DirWireState.Dirty, DirState.Dirty),
        (DirWireState.DirtyDft, DirState.DirtyDft),
        (DirWireState.Bad, DirState.Bad),
    ];

    private static readonly DirState[] s_dirImportKept =
        [DirState.Importing, DirState.ImportBound, DirState.ExportBound, DirState.FrozenTree, DirState.Sticky];

    private static readonly DirState[] s_dirExportKept =
    [
        DirState.Exporting, DirState.ImportBound, DirState.ExportBound, DirState.FrozenTree, DirState.FrozenDir,
        DirState.Sticky,
    ];

    private static readonly NodeState[] s_inodeExportKept =
        [NodeState.Frozen, NodeState.AmbiguousAuth, NodeState.ExportingCaps, NodeState.QueuedExportPin];

    private static readonly NodeState[] s_nodeDropped =
        [NodeState.Dirty, NodeState.Freezing, NodeState.FrozenAuthPin, NodeState.EvalStaleCaps, NodeState.Purging];

    [Fact]
    public void MG010_ADirfragTakesTheWireBitsAndKeepsItsOwn()
    {
        DirState[] all = Enum.GetValues<DirState>();
        DirState dropped = all.Except(s_dirImportKept).Aggregate((one, other) => one | other);
        foreach (DirState kept in Subsets(s_dirImportKept))
        {
            for (uint bits = 0; bits < 16; bits++)
            {
                var wire = (DirWireState)bits;
                DirState expected = DirState.Auth | kept;
                foreach ((DirWireState sent, DirState state) in s_dirWire)
                    expected |= (wire & sent) != 0 ? state : 0;
                Assert.Equal(expected, StateMasks.Import(wire, kept));
                Assert.Equal(expected, StateMasks.Import(wire, kept | dropped));
                Assert.Equal(wire, StateMasks.ToWire(expected));
                Assert.Equal(wire, StateMasks.ToWire(expected | dropped) & wire);
            }
        }
    }

    [Fact]
    public void MG010_AnExporterKeepsOfADirfragWhatTheTableSays()
    {
        DirState dropped = Enum.GetValues<DirState>().Except(s_dirExportKept).Aggregate((one, other) => one | other);
        foreach (DirState kept in Subsets(s_dirExportKept))
            Assert.Equal((kept, kept), (StateMasks.AfterExport(kept), StateMasks.AfterExport(kept | dropped)));
    }

    [Fact]
    public void MG010_ANodeKeepsItsLocalBitsAndIsDirtyWhenItsRecordIs()
    {
        NodeState[] local = [.. Enum.GetValues<NodeState>().Where(bit => bit is not (NodeState.None or NodeState.Dirty))];
        foreach (NodeState kept in Subsets(local))
        {
            for (uint bits = 0; bits < 32; bits++)
            {
                var inode = (InodeWireState)(bits & 15);
                var dentry = (DentryWireState)(bits >> 4);
                bool isDirty = dentry == DentryWireState.Dirty || (inode & InodeWireState.Dirty) != 0;
                NodeState expected = kept | (isDirty ? NodeState.Dirty : 0);
                if (expected != StateMasks.Import(dentry, inode, kept)
                    || expected != StateMasks.Import(dentry, inode, kept | NodeState.Dirty))
                    Assert.Fail($"{kept} with {dentry} and {inode}");
            }
        }
    }

    [Fact]
    public void MG010_AnExporterKeepsOfANodeWhatTheTableSays()
    {
        NodeState dropped = s_nodeDropped.Aggregate((one, other) => one | other);
        foreach (NodeState kept in Subsets(s_inodeExportKept))
            Assert.Equal((kept, kept), (StateMasks.AfterExport(kept), StateMasks.AfterExport(kept | dropped)));
        const NodeState identity = NodeState.Live | NodeState.Primary | NodeState.Directory;
        Assert.Equal(identity, StateMasks.AfterExport(identity | dropped));
    }

    private static IEnumerable<DirState> Subsets(DirState[] bits)
    {
        for (int subset = 0; subset < 1 << bits.Length; subset++)
            yield return bits.Where((_, i) => (subset & (1 << i)) != 0).Aggregate(DirState.None, (one, other) => one | other);
    }

    private static IEnumerable<NodeState> Subsets(NodeState[] bits)
    {
        for (int subset = 0; subset < 1 << bits.Length; subset++)
        {
            NodeState sum = NodeState.None;
            for (int i = 0; i < bits.Length; i++)
                sum |= (subset & (1 << i)) != 0 ? bits[i] : NodeState.None;
            yield return sum;
        }
    }
}
