// The namespace through a whole rank: request in, replies out, over a journal and a store in memory that survive the
// rank's crash. The cache's audit runs at the end of every test.

using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Operations through a whole rank: over a journal and a store in memory, over restarts.</summary>
public sealed class NamespaceTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose()
    {
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        _rank.Dispose();
    }

    [Fact]
    public void NewNamespace_IsEmptyAndActive()
    {
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.Empty(_rank.List("/"));
        FileStat root = _rank.Call(ClientOp.GetAttributes, "/").Stat;
        Assert.Equal((Ino.Root, InodeType.Directory, 0x1EDu, 2u), (root.Ino, root.Type, root.Mode, root.Links));
    }

    [Fact]
    public void MadeThings_AreFoundAndListed()
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/a").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/a/f").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.SymbolicLink, "/a/l", r => r with { Value = "f"u8.ToArray() }).Error);
        Assert.Equal(["f", "l"], _rank.List("/a").Order());
        Assert.Equal(InodeType.File, _rank.Call(ClientOp.GetAttributes, "/a/l", r => r with { Follow = true }).Stat.Type);
        Assert.Equal(InodeType.SymbolicLink, _rank.Call(ClientOp.Lookup, "/a/l").Stat.Type);
        Assert.Equal("f"u8.ToArray(), _rank.Call(ClientOp.ReadLink, "/a/l").Value.ToArray());
        Assert.Equal(IoError.NoEntry, _rank.Call(ClientOp.Lookup, "/a/g").Error);
        Assert.Equal(IoError.Exists, _rank.Call(ClientOp.Create, "/a/f").Error);
        Assert.Equal(2, _rank.Call(ClientOp.GetAttributes, "/a").Stat.Size);
    }

    [Fact]
    public void AChange_IsAnsweredAtOnceAndAgainWhenSafe()
    {
        ulong tid = _rank.Submit(new ClientRequest(0, ClientOp.MakeDirectory) { Path = "/a"u8.ToArray() });
        Assert.Equal([false], _rank.RepliesTo(tid).Select(reply => reply.IsSafe));
        _rank.Run();
        Assert.Equal([false, true], _rank.RepliesTo(tid).Select(reply => reply.IsSafe));
    }

    [Fact]
    public void AfterACrash_WhatWasSafeIsThere()
    {
        Populate();
        string before = Dump("/");
        _rank.Crash();
        _rank.Start();
        Assert.Equal(RankState.Active, _rank.Rank.State);
        Assert.Equal(before, Dump("/"));
    }

    [Fact]
    public void AfterAStop_EverythingIsInTheStore_AndComesBack()
    {
        Populate();
        string before = Dump("/");
        _rank.Rank.Stop();
        _rank.Run();
        Assert.Equal(RankState.Stopped, _rank.Rank.State);
        _rank.Crash();
        _rank.Start();
        Assert.Equal(before, Dump("/"));
        Populate("/again");
        _rank.Crash();
        _rank.Start();
        Assert.Contains("/again", Dump("/"), StringComparison.Ordinal);
    }

    [Fact]
    public void SmallSegments_AreLetGo_AndNothingIsLost()
    {
        using RankHarness rank = new RankHarness(o => o with { SegmentEventsMax = 8, SegmentsMax = 2 }).Start();
        for (int i = 0; i < 200; i++)
        {
            rank.Call(ClientOp.MakeDirectory, $"/d{i % 20}");
            rank.Call(ClientOp.Create, $"/d{i % 20}/f{i}");
            if (i % 3 == 0)
                Assert.Equal(IoError.None, rank.Call(ClientOp.Unlink, $"/d{i % 20}/f{i}").Error);
        }

        rank.Advance(2_000_000);
        Assert.InRange(rank.MemoryLog.Count, 1, 8 * 4);
        rank.Crash();
        rank.Start();
        for (int i = 0; i < 200; i++)
            Assert.Equal(i % 3 == 0 ? IoError.NoEntry : IoError.None, rank.Call(ClientOp.Lookup, $"/d{i % 20}/f{i}").Error);
        Assert.Empty(rank.Rank.Cache.Audit(3));
    }

    [Fact]
    public void HardLinks_ShareTheInode_UntilTheLastIsGone()
    {
        FileStat made = _rank.Call(ClientOp.Create, "/f").Stat;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Link, "/f", r => r with { Path2 = "/g"u8.ToArray() }).Error);
        FileStat linked = _rank.Call(ClientOp.GetAttributes, "/g").Stat;
        Assert.Equal((made.Ino, 2u), (linked.Ino, linked.Links));
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/f").Error);
        _rank.Crash();
        _rank.Start();
        Assert.Equal(1u, _rank.Call(ClientOp.GetAttributes, "/g").Stat.Links);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Unlink, "/g").Error);
        Assert.Empty(_rank.List("/"));
        Assert.True(_rank.Rank.Cache.FindInode(made.Ino).IsNone);
    }

    [Fact]
    public void Rename_MovesAndReplaces()
    {
        Populate();
        Assert.Equal(IoError.None, Rename("/a/f", "/b/moved"));
        Assert.Equal(IoError.NoEntry, _rank.Call(ClientOp.Lookup, "/a/f").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Lookup, "/b/moved").Error);
        Assert.Equal(IoError.Invalid, Rename("/a", "/a/sub/x"));
        Assert.Equal(IoError.NotEmpty, Rename("/b", "/a"));
        Assert.Equal(IoError.None, Rename("/a/sub", "/b/sub"));
        string before = Dump("/");
        _rank.Crash();
        _rank.Start();
        Assert.Equal(before, Dump("/"));
    }

    [Fact]
    public void RenameWithoutReplacing_MovesToFreeNamesOnly()
    {
        Populate();
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Link, "/a/f", r => r with { Path2 = "/a/same"u8.ToArray() }).Error);
        string before = Dump("/");
        long last = _rank.Rank.LastSeq;

        // A file, a directory that is empty or not, the name itself, another name of the file, and before any other error.
        string[] taken = ["/b/g", "/b", "/a/sub", "/a/f", "/a/same", "/b/g/", "/b/.."];
        foreach (string to in taken)
            Assert.Equal(IoError.Exists, Rename("/a/f", to, OpenFlags.NoReplace));
        Assert.Equal(IoError.Exists, Rename("/a", "/a/sub/h", OpenFlags.NoReplace));
        Assert.Equal(IoError.NoEntry, Rename("/a/none", "/b/g", OpenFlags.NoReplace));
        Assert.Equal(IoError.Invalid, Rename("/a", "/a/sub/x", OpenFlags.NoReplace));
        Assert.Equal(IoError.Busy, Rename("/a/.", "/b/g", OpenFlags.NoReplace));
        Assert.Equal((before, last), (Dump("/"), _rank.Rank.LastSeq));

        Assert.Equal(IoError.None, Rename("/a/f", "/b/free", OpenFlags.NoReplace));
        Assert.Equal(IoError.None, Rename("/a/sub", "/b/sub", OpenFlags.NoReplace));
        Assert.Equal(["free", "g", "sub"], _rank.List("/b").Order());
        Assert.Equal(["same"], _rank.List("/a"));
    }

    [Fact]
    public void RenameThatExchanges_SwapsWhatHangsOnBothNames()
    {
        Populate();
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/b/deep").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/b/deep/x").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Link, "/b/g", r => r with { Path2 = "/b/also"u8.ToArray() }).Error);
        (Ino file, Ino sub, Ino deep) = (InoOf("/a/f"), InoOf("/a/sub"), InoOf("/b/deep"));
        Assert.Equal(IoError.None, Rename("/a/f", "/b/deep", OpenFlags.Exchange));
        Assert.Equal(IoError.None, Rename("/a/sub", "/a/f", OpenFlags.Exchange));
        Assert.Equal(IoError.None, Rename("/b/deep", "/b/also", OpenFlags.Exchange));
        Assert.Equal((deep, sub, file), (InoOf("/a/sub"), InoOf("/a/f"), InoOf("/b/also")));
        Assert.Equal(InoOf("/b/g"), InoOf("/b/deep"));
        Assert.Equal(["h"], _rank.List("/a/f"));
        Assert.Equal(["x"], _rank.List("/a/sub"));
        string before = Dump("/");

        // From the journal alone, then from the store.
        _rank.Crash();
        _rank.Start();
        Assert.Equal(before, Dump("/"));
        _rank.Rank.Stop();
        _rank.Run();
        _rank.Crash();
        _rank.Start();
        Assert.Equal(before, Dump("/"));
        FileStat a = _rank.Call(ClientOp.GetAttributes, "/a").Stat;
        FileStat b = _rank.Call(ClientOp.GetAttributes, "/b").Stat;
        FileStat root = _rank.Call(ClientOp.GetAttributes, "/").Stat;
        Assert.Equal((2L, 2L), (a.RecursiveDirectories, a.RecursiveFiles));
        Assert.Equal((0L, 1L), (b.RecursiveDirectories, b.RecursiveFiles));
        Assert.Equal((4L, 3L), (root.RecursiveDirectories, root.RecursiveFiles));
    }

    /// <summary>The journal has only the exchanges: what they exchange is where the store says.</summary>
    [Fact]
    public void RenameThatExchanges_IsReplayedWithoutWhatCameBefore()
    {
        Populate();
        _rank.Rank.Stop();
        _rank.Run();
        _rank.Crash();
        _rank.Start();
        Assert.Equal(IoError.None, Rename("/a/sub", "/b/g", OpenFlags.Exchange));
        Assert.Equal(IoError.None, Rename("/a", "/b", OpenFlags.Exchange));
        string before = Dump("/");
        _rank.Crash();
        _rank.Start();
        Assert.Equal(before, Dump("/"));
        Assert.Equal(["h"], _rank.List("/a/g"));
        Assert.Equal(["f", "sub"], _rank.List("/b").Order());
    }

    /// <summary>RENAME_WHITEOUT has no flag here; whatever a rename does not know it refuses.</summary>
    [Theory]
    [InlineData((OpenFlags)1024)]
    [InlineData(OpenFlags.Exchange | OpenFlags.NoReplace)]
    [InlineData(OpenFlags.MustReplace)]
    [InlineData(OpenFlags.Exclusive)]
    public void RenameWithAnotherFlag_IsRefused(OpenFlags flags)
    {
        Populate();
        string before = Dump("/");
        Assert.Equal(IoError.Invalid, Rename("/a/f", "/b/g", flags));
        Assert.Equal(IoError.Invalid, Rename("/a/f", "/b/free", flags));
        Assert.Equal(before, Dump("/"));
    }

    [Fact]
    public void Directories_CountWhatIsBelow()
    {
        Populate();
        _rank.Rank.Stop();
        _rank.Run();
        _rank.Crash();
        _rank.Start();
        FileStat root = _rank.Call(ClientOp.GetAttributes, "/").Stat;
        Assert.Equal((3L, 3L), (root.RecursiveDirectories, root.RecursiveFiles));
    }

    private Ino InoOf(string path) => _rank.Call(ClientOp.Lookup, path).Stat.Ino;

    private IoError Rename(string from, string to, OpenFlags flags = OpenFlags.None) =>
        _rank.Call(ClientOp.Rename, from, r => r with { Path2 = Encoding.UTF8.GetBytes(to), Flags = flags }).Error;

    private void Populate(string at = "")
    {
        if (at.Length > 0)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, at).Error);
        foreach (string directory in (string[])["/a", "/b", "/a/sub"])
            Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, at + directory).Error);
        foreach (string file in (string[])["/a/f", "/b/g", "/a/sub/h"])
            Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, at + file).Error);
        Assert.Equal(
            IoError.None,
            _rank.Call(ClientOp.SetXattr, at + "/a/f", r => r with { XattrName = "user.x", Value = "y"u8.ToArray() }).Error);
    }

    private string Dump(string path)
    {
        StringBuilder text = new();
        Dump(path, text);
        return text.ToString();
    }

    private void Dump(string path, StringBuilder text)
    {
        FileStat stat = _rank.Call(ClientOp.Lookup, path).Stat;
        FileStat own = stat with { RecursiveBytes = 0, RecursiveDirectories = 0, RecursiveFiles = 0 };
        text.Append(path).Append(' ').Append(own).Append('\n');
        if (stat.Type != InodeType.Directory)
            return;
        foreach (string name in _rank.List(path, limit: 2))
            Dump(path.TrimEnd('/') + "/" + name, text);
    }
}
