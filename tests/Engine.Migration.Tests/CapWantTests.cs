using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What clients may have becomes more while the inode is frozen and nobody can give it: the new rank gives it
/// afterwards, unasked. Source: migrator specification, 5.1 (D19).</summary>
public sealed class CapWantTests : IDisposable
{
    private readonly MigrationHarness _world = new(3);
    private readonly DirFrag _root;
    private readonly MigrationClient _writer;
    private readonly MigrationClient _reader;
    private readonly Ino _file;

    public CapWantTests()
    {
        _root = _world.Make("/a", 2);
        _world.Learn(2, "a", "f1");
        _writer = new MigrationClient(_world.Cluster, 9, 0, 1);
        _reader = new MigrationClient(_world.Cluster, 10, 0, 1);
        _file = _writer.Open(0, "/a/f1").Ino;
        ulong asked = _reader.Begin(0, new ClientRequest(0, ClientOp.Open)
        {
            Path = "/a/f1"u8.ToArray(), Flags = OpenFlags.Read | OpenFlags.Keep,
        });
        Settle();
        Assert.Equal(IoError.None, _reader.AnswerTo(asked)!.Error);
        Assert.False(_writer.Has(_file).Cap.Caps.HasFlag(CapBits.FileBuffer));
    }

    public void Dispose() => _world.Dispose();

    /// <summary>The reader closes the file: at the old rank, before the region goes; at the new one, before it serves.</summary>
    [Theory]
    [InlineData(typeof(ExportNotifyAck), 0, "Warning")]
    [InlineData(typeof(ExportFinish), 1, "Finishing")]
    public void MG059_WhatBecomesFreeWhileNobodyCanGiveIt_IsGivenAfterwards(Type held, int at, string state)
    {
        _world.Cluster.Holds = (_, _, message) =>
            message.GetType() == held && message is ExportNotifyAck or ExportFinish { IsLast: true };
        Assert.Equal(MigrationRefusal.None, _world[0].Export(_root, new RankId(1)));
        _world.Poke(0);
        Settle();
        Assert.Equal(state, Assert.Single(_world[at].Live()).State);
        Assert.Equal(at, _reader.Has(_file).Rank);
        Assert.True(_reader[at].TryRelease(_file));
        Settle();
        Assert.False(_writer.Has(_file).Cap.Caps.HasFlag(CapBits.FileBuffer));
        _world.Cluster.Holds = null;
        Settle();
        Assert.True(_writer.Has(_file).Cap.Caps.HasFlag(MigrationClient.Writing));
        _writer.AssertAgrees(_file, 1);
        _world.AssertAtRest();
    }

    private void Settle()
    {
        for (int i = 0; i < 4; i++)
        {
            _writer.Run();
            _reader.Run();
        }
    }
}
