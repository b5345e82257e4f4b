using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

public class InoIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AgreesWithADictionary(ulong seed)
    {
        using InoIndex index = new();
        SeededRandom random = new(seed);
        List<ulong> inos = [0];
        Dictionary<ulong, int> model = [];
        Source source = new(inos);
        for (int step = 0; step < 20_000; step++)
        {
            ulong ino = (random.Next() % 3000) + (random.NextBool(0.5) ? 0x1000 : 1UL << 48);
            if (model.TryGetValue(ino, out int node))
            {
                Assert.Equal(new NodeId(node), index.Find(source, ino));
                Assert.False(index.TryAdd(source, ino, new NodeId(node)));
                if (random.NextBool(0.6))
                {
                    Assert.True(index.TryRemove(source, ino));
                    model.Remove(ino);
                }
            }
            else
            {
                Assert.True(index.Find(source, ino).IsNone);
                Assert.False(index.TryRemove(source, ino));
                inos.Add(ino);
                Assert.True(index.TryAdd(source, ino, new NodeId(inos.Count - 1)));
                model.Add(ino, inos.Count - 1);
            }

            Assert.Equal(model.Count, index.Count);
        }

        Assert.All(model, pair => Assert.Equal(new NodeId(pair.Value), index.Find(source, pair.Key)));
    }

    private readonly struct Source(List<ulong> inos) : IInoSource
    {
        public ulong InoOf(int node) => inos[node];
    }
}
