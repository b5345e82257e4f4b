using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <content>What must hold afterwards. Source: migrator specification, 3.5 (K1 to K9).</content>
internal sealed partial class MatrixWorld
{
    private static readonly string[] s_names = ["b", "f0", "f1", "f2", "x"];

    /// <summary>Whose the specification says that the region is where somebody dies at a point and nothing of the step gets
    /// out: what it leaves open is decided by that.</summary>
    public static bool IsImporters(KillPoint point) =>
        point is KillPoint.Export11 or KillPoint.Export12 or KillPoint.Export13 or KillPoint.Import9;

    /// <summary>One rank is not there: the others wait for nobody but it.</summary>
    private void CheckWithout(int gone)
    {
        bool isGiven = _isGiven || (gone != _from && JournalWords.Gives(_world.Cluster[_from].MemoryLog, _root));
        foreach (int rank in Ranks(isUp: true))
        {
            // Whoever comes back meanwhile serves nobody before all ranks are there.
            RankState state = _world.Cluster[rank].Rank.State;
            if (_hasDied.Contains(rank) && state == RankState.Rejoin)
                continue;
            Assert.Equal(RankState.Active, state);
            (MigrationId Id, DirFrag Base, MigrationSide Side, string State)[] live = [.. _world[rank].Live()];
            Assert.All(live, each => Assert.Equal(
                (MigrationSide.Import, gone, nameof(ImporterState.Acking)), (each.Side, each.Id.Exporter.Value, each.State)));
            Assert.Equal((0, live.Length), (_world.Cache(rank).FreezingTrees, _world.Cache(rank).FrozenTrees));
            bool isServing = _world.Cache(rank).FindDir(_root) is { IsAuth: true } dir && !dir.Has(DirState.FrozenTree);
            bool mayServe = rank == (isGiven ? _to : _from);
            Assert.True(mayServe || !isServing, $"{rank} serves what is not its own");
            Assert.True(!mayServe || isServing || live.Length > 0, $"{rank} does not serve what is its own");
        }

        if (!_hasDied.Contains(0))
            CheckAnswer(Ask(0, "/elsewhere"));
    }

    private void Check()
    {
        int expected = IsGiven ? _to : _from;
        KillPoint point = _case.Exporter == KillPoint.None ? _case.Importer : _case.Exporter;
        bool isSingle = _case.Effect < 0 && (_case.Exporter == KillPoint.None || _case.Importer == KillPoint.None);
        if (isSingle && _effects == 0 && WasCut && _reached.Contains(point))
            Assert.Equal(IsImporters(point) ? _to : _from, expected);

        // K7: what waited in the region was done, where it is now or before it moved.
        foreach (MatrixRequest asked in _asked)
            CheckAnswer(asked);
        CheckAll(expected);
        _client.Flush(expected, _file);
        CheckCaps(expected);

        for (int rank = 0; rank < 3; rank++)
            Assert.Equal(IoError.None, _world.Cluster.Call(rank, ClientOp.Create, $"/a/b/after{rank}").Error);

        // K8: a new migration succeeds, to any rank.
        int next = (expected + 1) % 3;
        _world.Move(expected, next, _root);
        Rest();
        CheckAll(next);
        CheckCaps(next);

        // K9: nothing changes when everybody begins anew.
        for (int rank = 0; rank < 3; rank++)
            Crash(rank);
        for (int rank = 0; rank < 3; rank++)
            Start(rank);
        Rest();
        CheckAll(next);
        CheckCaps(next);
    }

    /// <summary>K1 to K3 and K6: one rank has it, all agree, and nothing of the migration is left.</summary>
    private void CheckAll(int owner)
    {
        _world.AssertAtRest();
        ClusterChecks.Expect(_world.Cluster);
        Assert.Equal([owner], Enumerable.Range(0, 3).Where(rank => _world.Cache(rank).FindDir(_root) is { IsAuth: true }));
        Assert.False(_world.Cache(owner).FindDir(_bound) is { IsAuth: true, IsSubtreeRoot: true });
        Assert.Equal(s_names, List("/a"));
        Assert.Equal(["f0", "f1"], List("/a/x"));
        Assert.Equal(
            ["early", "f0", "f1", "late"], List("/a/b").Where(name => !name.StartsWith("after", StringComparison.Ordinal)));
    }

    private void CheckAnswer(MatrixRequest asked)
    {
        for (int i = 0; i < 200 && !asked.IsDone(_client); i++)
            Advance();
        ClientReply? answer = asked.Answer(_client);
        Assert.NotNull(answer);
        Assert.Equal((IoError.None, true), (answer.Error, answer.IsSafe));
    }

    /// <summary>K4 and K5: the client has what it had, from who has the region and from nobody else; what it changed is there.
    /// </summary>
    private void CheckCaps(int owner)
    {
        _client.Run();
        _client.AssertAgrees(_file, owner);
        ClientCap cap = _client.Has(_file).Cap;
        Assert.Equal((0ul, CapBits.None), (cap.FlushTid, cap.Dirty));
        for (int rank = 0; rank < 3; rank++)
            Assert.False(_client[rank].TryTakeLoss(out ClientLoss loss), $"the client lost {loss} at {rank}");
        MetadataCache cache = _world.Cache(owner);
        Assert.Equal(FileSize, (long)cache.Inode(cache.FindInode(_file)).Size);
    }

    private List<string> List(string path)
    {
        ClientReply reply = _world.Cluster.Call(0, ClientOp.ReadDirectory, path);
        Assert.Equal(IoError.None, reply.Error);
        return [.. reply.Items.Select(item => Encoding.UTF8.GetString(item.Name.Span)).Order(StringComparer.Ordinal)];
    }
}
