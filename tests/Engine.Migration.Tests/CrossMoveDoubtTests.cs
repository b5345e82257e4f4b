using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Directories between two ranks that are in doubt. Source: migrator specification, 4.5.</summary>
public sealed class CrossMoveDoubtTests
{
    private const long Second = 1_000_000;

    /// <summary>By number, and from below: whoever gets there changes what another rank has the word about.</summary>
    [Theory]
    [InlineData(ClientOp.SetAttributes, "..", false)]
    [InlineData(ClientOp.SetXattr, "..", false)]
    [InlineData(ClientOp.Open, "..", false)]
    [InlineData(ClientOp.GetAttributes, "../..", false)]
    [InlineData(ClientOp.GetAttributes, "link/.", false)]
    [InlineData(ClientOp.SetAttributes, "..", true)]
    [InlineData(ClientOp.Open, "..", true)]
    public void NoWayLeadsToWhatIsPromised(ClientOp op, string path, bool isDecided)
    {
        using MigrationHarness world = CrossMoveTests.Divided();
        Assert.Equal(IoError.None, world.Cluster.Call(
            1, ClientOp.SymbolicLink, "/a/d/s/link", static each => each with { Value = ".."u8.ToArray() }).Error);
        Ino below = world.Cluster.Call(1, ClientOp.Lookup, "/a/d/s").Stat.Ino;
        ClientRequest request = new(0, op)
        {
            Base = below, Path = Encoding.UTF8.GetBytes(path), Follow = true,
            Changes = op == ClientOp.SetAttributes ? new AttributeChanges { Mode = 0x1C0 } : default,
            XattrName = op == ClientOp.SetXattr ? "user.a" : "",
            Value = op == ClientOp.SetXattr ? "long"u8.ToArray() : default,
            Flags = op == ClientOp.Open ? OpenFlags.Keep | OpenFlags.Read | OpenFlags.Directory : default,
        };
        world.Cluster.Holds = (_, _, message) => isDecided ? message is NameDecision : message is NameOffered;
        world.Cluster[0].Submit(CrossChanges.Renaming("/a/d", "/b/new"), 1);
        world.Cluster.Run();
        Assert.NotEqual(0, world.Cluster[1].Rank.Services.UpdateCount);
        ulong asked = world.Cluster[1].Submit(request, 3);
        world.Cluster.Run();
        Assert.Empty(world.Cluster[1].RepliesTo(asked));
        world.Cluster.Holds = null;
        world.Cluster.Advance(3 * Second, Second / 2);
        CrossChanges.AssertDone(world);
        // It is sent on, by a number that the other rank knows.
        request = request with { Base = Ino.Root, Path = "/b/new"u8.ToArray() };
        Assert.Equal(IoError.None, world.Cluster.Call(1, request, 3).Error);
        ClientReply found = world.Cluster.Call(0, ClientOp.GetAttributes, "/b/new");
        Assert.Equal(IoError.None, found.Error);
        Assert.Equal(op == ClientOp.SetAttributes, (found.Stat.Mode & 0xFFF) == 0x1C0);
    }
}
