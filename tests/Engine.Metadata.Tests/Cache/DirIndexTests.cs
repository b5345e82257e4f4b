using System.Text;
using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

public class DirIndexTests
{
    [Theory]
    [InlineData(1, Frag.HashMax)]
    [InlineData(2, 1000u)]
    [InlineData(3, 7u)]
    public void AgreesWithASortedList(ulong seed, uint hashMax)
    {
        using IndexArena arena = new();
        SeededRandom random = new(seed);
        Names names = new([]);
        SortedDictionary<(uint Hash, string Name), int> model = [];
        DirIndex index = default;
        for (int step = 0; step < 4000; step++)
        {
            string name = $"n{random.NextInt(3000)}";
            uint hash = NameHash.Of(Encoding.UTF8.GetBytes(name)) % (hashMax + 1);
            int at = index.Find(names, hash, Encoding.UTF8.GetBytes(name));
            Assert.Equal(model.ContainsKey((hash, name)), at >= 0);
            if (at >= 0)
            {
                Assert.Equal(model[(hash, name)], index.Items[at].Node);
                Assert.Equal(at, index.FindNode(hash, new NodeId(index.Items[at].Node)));
                Assert.Equal(at + 1, index.After(names, hash, Encoding.UTF8.GetBytes(name)));
                index.RemoveAt(arena, at);
                model.Remove((hash, name));
                continue;
            }

            names.Items.Add(Encoding.UTF8.GetBytes(name));
            index.InsertAt(arena, ~at, hash, new NodeId(names.Items.Count));
            model.Add((hash, name), names.Items.Count);
        }

        Assert.Equal(model.Values, index.Items.ToArray().Select(item => item.Node));
        index.Release(arena);
    }

    [Fact]
    public void ABulkLoadIsSortedAndFindsDoubles()
    {
        using IndexArena arena = new();
        Names names = new([]);
        DirIndex index = default;
        index.Reserve(arena, 500);
        for (int i = 0; i < 500; i++)
        {
            names.Items.Add(Encoding.UTF8.GetBytes($"n{i % 499}"));
            index.Append(arena, NameHash.Of(names.Items[i]) % 50, new NodeId(i + 1));
        }

        Assert.False(index.Sort(names));
        index.RemoveAt(arena, index.FindNode(NameHash.Of("n0"u8) % 50, new NodeId(500)));
        Assert.True(index.Sort(names));
        for (int i = 0; i < 499; i++)
            Assert.True(index.Find(names, NameHash.Of(names.Items[i]) % 50, names.Items[i]) >= 0);
        index.Release(arena);
        Assert.Equal(0, index.Count);
    }

    [Fact]
    public void BlocksAreUsedAgain()
    {
        using IndexArena arena = new();
        DirIndex index = default;
        for (int i = 0; i < 3000; i++)
            index.InsertAt(arena, index.Count, (uint)i, new NodeId(i + 1));
        index.Release(arena);
        long bytes = arena.Bytes;
        for (int i = 0; i < 3000; i++)
            index.InsertAt(arena, index.Count, (uint)i, new NodeId(i + 1));
        Assert.Equal(bytes, arena.Bytes);
        while (index.Count > 0)
            index.RemoveAt(arena, index.Count / 2);
        Assert.Equal(0, index.Bytes);
    }

    private readonly struct Names(List<byte[]> items) : INameSource
    {
        public List<byte[]> Items => items;

        public ReadOnlySpan<byte> NameOf(int node) => items[node - 1];
    }
}
