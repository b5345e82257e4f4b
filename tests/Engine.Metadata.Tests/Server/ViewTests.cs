using System.Globalization;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A rank that only looks can write nothing back, so that what its journal has stays in memory: all of the namespace is
/// served nevertheless, however little memory there is beside.</summary>
public sealed class ViewTests : IDisposable
{
    private const long CacheBytes = 1 << 20;
    private const int Directories = 40;
    private const int FilesEach = 100;

    private readonly RankHarness _rank;
    private bool _isView;

    public ViewTests()
    {
        // Nothing is written back before the rank is ended.
        _rank = new RankHarness(options => _isView
            ? options with { IsView = true, CacheBytesMax = CacheBytes, CheckLevel = 3 }
            : options with { SegmentEventsMax = 1024, SegmentsMax = 1000 });
        _rank.Start();
    }

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(Directories, 0)]
    [InlineData(Directories / 2, 0)]
    [InlineData(Directories / 2, 1)]
    [InlineData(0, 1)]
    public void AllIsServed_WhateverTheJournalHolds(int inJournal, int changesInEach)
    {
        List<string> names = Make(0, Directories - inJournal);
        EndInOrder();
        names.AddRange(Make(Directories - inJournal, Directories));
        long before = _rank.Rank.LastSeq;
        for (int directory = 0; directory < Directories - inJournal; directory++)
        {
            for (int change = 0; change < changesInEach; change++)
                names.Add(Do(ClientOp.Create, $"/d{directory:D2}/new{change}"));
            if (changesInEach > 0)
            {
                Do(ClientOp.Unlink, $"/d{directory:D2}/f007");
                names.Remove($"/d{directory:D2}/f007");
            }
        }

        Assert.Equal(changesInEach > 0, _rank.Rank.LastSeq > before);
        _isView = true;
        _rank.Crash();
        _rank.Start();
        names.Sort(StringComparer.Ordinal);

        // More than once: what was dropped comes again.
        for (int round = 0; round < 2; round++)
        {
            List<string> found = [];
            foreach (string directory in _rank.List("/"))
                found.AddRange(_rank.List("/" + directory).Select(name => $"/{directory}/{name}"));
            found.Sort(StringComparer.Ordinal);
            Assert.Equal(names, found);
            Assert.Equal(7, _rank.Call(ClientOp.GetAttributes, "/d00/f000").Stat.Size);
        }

        Assert.Empty(_rank.Rank.Cache.Audit(3));
    }

    /// <summary>Directories with files, whose names it returns.</summary>
    private List<string> Make(int from, int to)
    {
        List<string> names = [];
        for (int directory = from; directory < to; directory++)
        {
            Do(ClientOp.MakeDirectory, $"/d{directory:D2}");
            for (int file = 0; file < FilesEach; file++)
                names.Add(Do(ClientOp.Create, string.Create(CultureInfo.InvariantCulture, $"/d{directory:D2}/f{file:D3}")));
        }

        return names;
    }

    private void EndInOrder()
    {
        _rank.Rank.Stop();
        _rank.Run();
        Assert.Equal(RankState.Stopped, _rank.Rank.State);
        _rank.Crash();
        _rank.Start();
    }

    private string Do(ClientOp op, string path)
    {
        ClientReply reply = _rank.Call(op, path, request => request with { Changes = new AttributeChanges { Size = 7 } });
        Assert.True(reply.Error.IsNone, $"{op} {path}: {reply.Error.Name}");
        return path;
    }
}
