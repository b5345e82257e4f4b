using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Requests that begin at an inode's number.</summary>
public sealed class ByNumberTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose()
    {
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        _rank.Dispose();
    }

    [Fact]
    public void WhatIsTheRanksOwn_IsNoPlaceToBegin()
    {
        Do(ClientOp.Create, "/f");
        Do(ClientOp.Link, "/f", "/g");
        Ino file = _rank.Call(ClientOp.Lookup, "/f").Stat.Ino;
        Ino stray = Ino.StrayOf(new RankId(0), (int)(file.Value % Ino.StrayCount));
        Ino home = Ino.PrivateOf(new RankId(0));
        Assert.Equal(IoError.Stale, From(home, ClientOp.RemoveDirectory, "stray3"));
        Assert.Equal(IoError.Stale, From(stray, ClientOp.Unlink, $"{file.Value:x16}"));
        Assert.Equal(IoError.Stale, From(stray, ClientOp.GetAttributes, ""));
        Assert.Equal(IoError.Stale, From(home, ClientOp.Create, "x"));
        Assert.Equal(IoError.Stale, _rank.Call(ClientOp.Rename, "/g", request => To(request, "x") with { Base2 = stray }).Error);
        Assert.Equal(2u, _rank.Call(ClientOp.GetAttributes, "/g").Stat.Links);
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
    }

    [Fact]
    public void AboveADirectoryWithoutAName_IsNothing()
    {
        Ino removed = RemoveOpen("/d");
        Ino above = _rank.Call(new ClientRequest(0, ClientOp.GetAttributes) { Base = removed, Path = ".."u8.ToArray() }).Stat.Ino;
        Assert.Equal(removed, above);
        Assert.NotEqual(IoError.None, From(removed, ClientOp.RemoveDirectory, "../../stray3"));
    }

    [Fact]
    public void ADirectoryWithoutAName_TakesNothing()
    {
        Do(ClientOp.Create, "/f");
        Do(ClientOp.MakeDirectory, "/other");
        Ino removed = RemoveOpen("/d");
        Assert.Equal(IoError.NoEntry, From(removed, ClientOp.Create, "x"));
        Assert.Equal(IoError.NoEntry, From(removed, ClientOp.MakeDirectory, "x"));
        Assert.Equal(IoError.NoEntry, From(removed, ClientOp.SymbolicLink, "x"));
        (ClientOp, string)[] others = [(ClientOp.Link, "/f"), (ClientOp.Rename, "/f"), (ClientOp.Rename, "/other")];
        foreach ((ClientOp op, string path) in others)
            Assert.Equal(IoError.NoEntry, _rank.Call(op, path, request => To(request, "x") with { Base2 = removed }).Error);
        Assert.Equal(IoError.None, From(removed, ClientOp.Close, ""));
        _rank.Run();
        Assert.Equal(IoError.Stale, From(removed, ClientOp.GetAttributes, ""));
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
    }

    /// <summary>Makes a directory, opens it, and removes its name.</summary>
    private Ino RemoveOpen(string path)
    {
        Do(ClientOp.MakeDirectory, path);
        OpenFlags flags = OpenFlags.Read | OpenFlags.Directory | OpenFlags.Keep;
        ClientReply opened = _rank.Call(ClientOp.Open, path, request => request with { Flags = flags });
        Assert.Equal(IoError.None, opened.Error);
        Do(ClientOp.RemoveDirectory, path);
        return opened.Stat.Ino;
    }

    private IoError From(Ino number, ClientOp op, string path) =>
        _rank.Call(op, path, request => request with { Base = number, Value = "t"u8.ToArray() }).Error;

    private void Do(ClientOp op, string path, string to = "") =>
        Assert.Equal(IoError.None, _rank.Call(op, path, request => To(request, to)).Error);

    private static ClientRequest To(ClientRequest request, string path) =>
        request with { Path2 = Encoding.UTF8.GetBytes(path) };
}
