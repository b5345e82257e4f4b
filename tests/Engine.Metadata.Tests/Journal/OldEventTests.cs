using System.Text;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>A journal as it was written before an event took several changes: what is read today was written yesterday.</summary>
public sealed class OldEventTests
{
    private const string Resource = "Engine.Metadata.Tests.Journal.Version2.txt";

    private static readonly Dictionary<string, string[]> s_names = new()
    {
        ["/"] = ["d", "p"],
        ["/d"] = ["deep", "first", "second", "sub", "way"],
        ["/d/sub"] = ["further"],
        ["/p"] = ["f0", "f1", "f2", "f3", "g0", "g1", "g2", "g3", "later"],
    };

    [Fact]
    public void ThereIsAnEventOfEachKind()
    {
        EventHeader[] headers = [.. Events().Select(bytes => new EventReader(bytes).Header)];
        Assert.All(headers, header => Assert.Equal(EventHeader.VersionMin, header.Version));
        Assert.Equal(2, EventHeader.VersionMin);
        Assert.Equal(Enumerable.Range(1, headers.Length), headers.Select(header => (int)header.Seq));
        // Nobody wrote an event of nothing, and those of a migration came later.
        Assert.Equal(
            [EventKind.SubtreeMap, EventKind.Update, EventKind.Sessions, EventKind.Fragment, EventKind.Open],
            headers.Select(header => header.Kind).Distinct().Order());
    }

    [Fact]
    public void ItIsReadToItsEnd_AndSaysWhatItSaid()
    {
        List<byte[]> events = Events();
        using var pool = new BufferPool(new BufferPoolOptions { BlockBytes = 4096, BlockCount = 64 });
        var log = new MemoryLog();
        using ShadowReplay shadow = new(new RankId(0), 64 << 20);
        foreach (byte[] bytes in events)
        {
            using BufferList list = BufferList.Rent(pool);
            Assert.True(list.TryAppendCopy(bytes));
            Assert.Equal(IoError.None, log.Append(list, out long position));
            shadow.TryReplay(bytes, position);
        }

        Assert.Empty(shadow.Findings);
        Assert.Equal(events.Count, shadow.LastSeq);
        Assert.False(BlockingIo.Run(submission => log.Flush(submission)).Failed);
        using RankHarness rank = new RankHarness(log: log).Start();
        Assert.Equal((RankState.Active, null), (rank.Rank.State, rank.Rank.Problem));
        foreach ((string path, string[] names) in s_names)
            Assert.Equal(names, rank.List(path).Order(StringComparer.Ordinal));
        Assert.Equal(4711, rank.Call(ClientOp.GetAttributes, "/d/first").Stat.Size);
        Assert.Equal(2u, rank.Call(ClientOp.GetAttributes, "/d/sub/further").Stat.Links);
        Assert.Equal("sub/deep", Text(rank.Call(ClientOp.ReadLink, "/d/way").Value));
        Assert.Equal("green", Text(rank.Call(ClientOp.GetXattr, "/d/first", request => request with
        {
            XattrName = "user.colour",
        }).Value));
        Assert.Empty(rank.Rank.Audit(3));
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/p/new").Error);
        Assert.Empty(StoreVerdict.Of(log, rank.Store));
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static List<byte[]> Events()
    {
        using var reader = new StreamReader(typeof(OldEventTests).Assembly.GetManifestResourceStream(Resource)!);
        List<byte[]> events = [];
        foreach (string item in reader.ReadToEnd().Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            events.Add(Convert.FromHexString(item[item.IndexOf('\n', StringComparison.Ordinal)..].Replace(
                "\n", "", StringComparison.Ordinal)));
        return events;
    }
}
