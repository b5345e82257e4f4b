using System.Text;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Changes that may concern two ranks, and what holds behind them.</summary>
internal static class CrossChanges
{
    private const long Second = 1_000_000;

    public static ClientRequest Renaming(string from, string to) =>
        new(0, ClientOp.Rename) { Path = Encoding.UTF8.GetBytes(from), Path2 = Encoding.UTF8.GetBytes(to) };

    public static ClientRequest Linking(string file, string name) =>
        new(0, ClientOp.Link) { Path = Encoding.UTF8.GetBytes(file), Path2 = Encoding.UTF8.GetBytes(name) };

    public static ClientRequest Unlinking(string name) =>
        new(0, ClientOp.Unlink) { Path = Encoding.UTF8.GetBytes(name) };

    public static ClientReply Rename(
        MigrationHarness world, int asked, string from, string to, OpenFlags flags = default, Credential? caller = null)
    {
        ClientRequest request = Renaming(from, to) with { Flags = flags };
        return world.Cluster.Call(asked, caller is null ? request : request with { Caller = caller });
    }

    /// <summary>Nothing is under way, ranks agree, and nobody owes anybody an answer.</summary>
    public static void AssertDone(MigrationHarness world)
    {
        world.Cluster.Advance(3 * Second, Second / 2);
        world.AssertAtRest();
        ClusterChecks.Expect(world.Cluster);
        for (int i = 0; i < world.Cluster.Count; i++)
            Assert.Equal(0, world.Cluster[i].Rank.PeerTalkUnderWay);
    }
}
