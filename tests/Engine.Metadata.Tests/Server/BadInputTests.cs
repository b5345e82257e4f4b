// What clients and media may hand a rank and must not: the errno that each gets, and that nothing changes by it.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Bad names, deep trees, journals that fail or are damaged.</summary>
public sealed class BadInputTests : IDisposable
{
    private const int NotUtf8 = 84;
    private const int TooLong = 36;
    private const long TickMicros = 1_000_000;
    private const int Depth = 400;
    private const int PathBytesMax = 4095;

    private static readonly ClientOp[] s_making =
        [ClientOp.MakeDirectory, ClientOp.Create, ClientOp.SymbolicLink, ClientOp.Link, ClientOp.Rename];

    private readonly RankHarness _rank = new RankHarness().Start();

    /// <summary>Names that cannot be, in hexadecimal, and what they get.</summary>
    public static TheoryData<string, int> BadNames { get; } = new()
    {
        { "2fff", NotUtf8 },
        { "2f61c3", NotUtf8 },
        { "2fc0af", NotUtf8 },
        { "2feda080", NotUtf8 },
        { "2ff4908080", NotUtf8 },
        { "2f610062", IoError.Invalid.Errno },
        { "2f" + string.Concat(Enumerable.Repeat("61", 256)), TooLong },
        { "2f" + string.Concat(Enumerable.Repeat("c3a9", 128)), TooLong },
        { string.Concat(Enumerable.Repeat("2f61", 2048)), TooLong },
    };

    public void Dispose() => _rank.Dispose();

    [Theory]
    [MemberData(nameof(BadNames))]
    public void ABadNameIsRefusedAndChangesNothing(string hex, int errno)
    {
        byte[] path = Convert.FromHexString(hex);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/f").Error);
        long before = _rank.Rank.LastSeq;
        foreach (ClientOp op in s_making)
        {
            bool hasTwo = op is ClientOp.Link or ClientOp.Rename;
            ClientRequest request = new(0, op)
            {
                Path = hasTwo ? "/f"u8.ToArray() : path,
                Path2 = hasTwo ? path : default,
                Value = "t"u8.ToArray(),
            };
            Assert.Equal(new IoError(errno), _rank.Call(request).Error);
        }

        Assert.Equal(new IoError(errno), _rank.Call(new ClientRequest(0, ClientOp.Lookup) { Path = path }).Error);
        Assert.Equal(new IoError(errno), _rank.Call(new ClientRequest(0, ClientOp.Unlink) { Path = path }).Error);
        Assert.Equal(before, _rank.Rank.LastSeq);
        Assert.Equal(["f"], _rank.List("/"));
    }

    [Fact]
    public void ATreeDeeperThanAnyPathIsNoDanger()
    {
        string name = new('d', 40);
        Ino at = Ino.Root;
        for (int level = 0; level < Depth; level++)
        {
            ClientReply made = _rank.Call(Below(ClientOp.MakeDirectory, at, name));
            Assert.Equal(IoError.None, made.Error);
            at = made.Stat.Ino;
        }

        ClientRequest intoItself = Below(ClientOp.Rename, Ino.Root, name) with { Base2 = at, Path2 = "x"u8.ToArray() };
        Assert.Equal(IoError.Invalid, _rank.Call(intoItself).Error);
        Assert.Equal(IoError.NotEmpty, _rank.Call(ClientOp.RemoveDirectory, name).Error);
        Restart(inOrder: true);
        int levels = PathBytesMax / (name.Length + 1);
        string path = string.Concat(Enumerable.Repeat("/" + name, levels));
        Assert.Equal(new IoError(TooLong), _rank.Call(ClientOp.GetAttributes, $"{path}/{name}").Error);
        Ino found = Ino.Root;
        for (int level = 0; level < Depth; level += levels)
        {
            string next = path[1..Math.Min(path.Length, (Depth - level) * (name.Length + 1))];
            found = _rank.Call(Below(ClientOp.GetAttributes, found, next)).Stat.Ino;
        }

        Assert.Equal(at, found);
        Restart(inOrder: false);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.GetAttributes, path).Error);
        Assert.Empty(_rank.Rank.Cache.Audit(3));
    }

    [Fact]
    public void AJournalWithoutRoomStopsTheRankAndLosesNothing()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/kept").Error);
        _rank.MemoryLog.Failure = IoError.NoSpace;
        ulong tid = _rank.Submit(new ClientRequest(0, ClientOp.MakeDirectory) { Path = "/lost"u8.ToArray() });
        _rank.Run();
        _rank.Advance(2 * TickMicros);
        ClientReply last = _rank.RepliesTo(tid)[^1];
        Assert.True(last.IsSafe && last.Error.Failed);
        Assert.Equal(RankState.Failed, _rank.Rank.State);
        Assert.Contains("the journal failed with ENOSPC: nothing is served", _rank.Rank.Problem, StringComparison.Ordinal);
        Assert.True(_rank.Call(ClientOp.GetAttributes, "/kept").Error.Failed);
        Assert.True(_rank.Call(ClientOp.MakeDirectory, "/more").Error.Failed);
        _rank.MemoryLog.Failure = IoError.None;
        Restart(inOrder: false);
        Assert.Equal(["kept"], _rank.List("/"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ADamagedEventStopsTheRankBeforeItServes(int index)
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/kept").Error);
        Restart(inOrder: false);
        _rank.Crash();
        byte[] payload = _rank.MemoryLog.Payload(index);
        payload.AsSpan(0, Math.Min(16, payload.Length)).Fill(0xEE);
        _rank.Start();
        Assert.Equal(RankState.Failed, _rank.Rank.State);
        Assert.Contains("is damaged: ", _rank.Rank.Problem, StringComparison.Ordinal);
        Assert.Contains("nothing is served, nothing was changed", _rank.Rank.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', _rank.Rank.Problem!);
        Assert.True(_rank.Call(ClientOp.GetAttributes, "/kept").Error.Failed);
    }

    private static ClientRequest Below(ClientOp op, Ino directory, string path) =>
        new(0, op) { Base = directory, Path = Encoding.UTF8.GetBytes(path) };

    private void Restart(bool inOrder)
    {
        if (inOrder)
        {
            _rank.Rank.Stop();
            _rank.Run();
            Assert.Equal(RankState.Stopped, _rank.Rank.State);
        }

        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }
}
