using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank whose namespace is larger than its cache: what nobody pins is dropped at any time, and read again.</summary>
public sealed class SmallCacheTests : IDisposable
{
    private const long CacheBytes = 1 << 20;

    private readonly RankHarness _rank = new RankHarness(
        options => options with { CacheBytesMax = CacheBytes, SegmentEventsMax = 8, SegmentsMax = 1 }).Start();

    public void Dispose()
    {
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        _rank.Dispose();
    }

    [Fact]
    public void AnEmptyDirectoryIsDropped_NotUnderTheChangeThatFillsIt()
    {
        Ino ino = _rank.Call(ClientOp.MakeDirectory, "/e").Stat.Ino;
        Fill();
        Dir? empty = _rank.Rank.Cache.FindDir(new DirFrag(ino, Frag.Root));
        Assert.True(empty is { IsDirty: false, Pins: 0 });
        Do(ClientOp.Create, "/e/x");
        Assert.Equal(["x"], _rank.List("/e"));
    }

    [Fact]
    public void AFileIsDropped_NotUnderTheChangeOfItByNumber()
    {
        Do(ClientOp.MakeDirectory, "/a");
        Do(ClientOp.Create, "/a/f");
        Ino ino = _rank.Call(ClientOp.Lookup, "/a/f").Stat.Ino;
        Fill();
        ClientReply byNumber = _rank.Call(ClientOp.SetAttributes, "", request => Resize(request, 7) with { Base = ino });
        Assert.True(byNumber.Error.IsNone || byNumber.Error == IoError.Stale, byNumber.Error.Name);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.SetAttributes, "/a/f", request => Resize(request, 8)).Error);
        Assert.Equal(8, _rank.Call(ClientOp.Lookup, "/a/f").Stat.Size);
    }

    [Fact]
    public void AFileWithTwoNamesIsDropped_NotUnderTheChangeOfIt()
    {
        Do(ClientOp.Create, "/f");
        Do(ClientOp.Link, "/f", "/g");
        Fill();
        Do(ClientOp.Unlink, "/f");
        Assert.Equal(1u, _rank.Call(ClientOp.GetAttributes, "/g").Stat.Links);
    }

    [Fact]
    public void EverythingIsFound_ThoughNotAllOfItFits()
    {
        int files = Fill() + Fill() + Fill();
        _rank.Crash();
        _rank.Start();
        int found = 0;
        foreach (string directory in _rank.List("/"))
            found += _rank.List("/" + directory).Count;
        Assert.Equal(files, found);
        Assert.Empty(StoreVerdict.Of(_rank.MemoryLog, _rank.Store));
    }

    [Fact]
    public void WhatCanNeverFitTogether_IsRefused()
    {
        // Each alone has room beside what a change needs, both have not.
        for (int i = 0; i < 2; i++)
        {
            Do(ClientOp.MakeDirectory, $"/d{i}");
            for (int file = 0; file < 500; file++)
                Do(ClientOp.Create, $"/d{i}/f{file}");
            for (int other = 0; other < 20; other++)
                Do(ClientOp.Create, $"/other{i}{other}");
        }

        // Both are clean by now.
        Assert.Equal(IoError.NoMemory, _rank.Call(ClientOp.Rename, "/d0/f1", request => To(request, "/d1/g")).Error);
        Do(ClientOp.Rename, "/d0/f1", "/d0/g");
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    /// <summary>Makes files until there is no room for a change, and waits until they are clean; how many there are.</summary>
    private int Fill()
    {
        int made = 0;
        string directory = "";
        do
        {
            if (made % 50 == 0)
            {
                directory = $"/fill{_rank.Rank.LastSeq}";
                Do(ClientOp.MakeDirectory, directory);
            }

            Do(ClientOp.Create, $"{directory}/f{made++}");
            Assert.InRange(made, 0, 2_000);
        }
        while (_rank.Rank.Cache.HasRoomToBegin);
        return made;
    }

    private void Do(ClientOp op, string path, string to = "") =>
        Assert.Equal(IoError.None, _rank.Call(op, path, request => To(request, to)).Error);

    private static ClientRequest To(ClientRequest request, string path) =>
        request with { Path2 = Encoding.UTF8.GetBytes(path) };

    private static ClientRequest Resize(ClientRequest request, long size) =>
        request with { Changes = new AttributeChanges { Size = size } };
}
