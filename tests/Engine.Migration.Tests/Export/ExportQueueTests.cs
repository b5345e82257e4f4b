using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Exports take turns in order, pins first, and no more wait than may.</summary>
public sealed class ExportQueueTests
{
    private static readonly RankId s_to = new(1);

    [Fact]
    public void OrderIsThatOfArrival_PinsFirst()
    {
        ExportQueue queue = new(10);
        Assert.True(queue.TryAdd(Dir(1), s_to, isUrgent: false));
        Assert.True(queue.TryAdd(Dir(2), s_to, isUrgent: true));
        Assert.True(queue.TryAdd(Dir(3), s_to, isUrgent: false));
        Assert.True(queue.TryAdd(Dir(4), s_to, isUrgent: true));
        Assert.Equal([2ul, 4ul, 1ul, 3ul], Drain(queue));
        Assert.True(queue.TryAdd(Dir(5), s_to, isUrgent: false));
        Assert.True(queue.TryAdd(Dir(6), s_to, isUrgent: true));
        Assert.Equal([6ul, 5ul], Drain(queue));
    }

    [Fact]
    public void TheSameIsAddedOnce_AndNoMoreThanMayWait()
    {
        ExportQueue queue = new(2);
        Assert.True(queue.TryAdd(Dir(1), s_to, isUrgent: false));
        Assert.False(queue.TryAdd(Dir(1), s_to, isUrgent: true));
        Assert.True(queue.TryAdd(Dir(1), new RankId(2), isUrgent: false));
        Assert.False(queue.TryAdd(Dir(2), s_to, isUrgent: false));
        Assert.Equal(2, queue.Clear());
        Assert.False(queue.TryTake(out _, out RankId to));
        Assert.True(to.IsNone);
        Assert.True(queue.TryAdd(Dir(2), s_to, isUrgent: true));
        Assert.Equal([2ul], Drain(queue));
    }

    private static DirFrag Dir(ulong ino) => new(new Ino(ino), Frag.Root);

    private static List<ulong> Drain(ExportQueue queue)
    {
        List<ulong> taken = [];
        while (queue.TryTake(out DirFrag dir, out _))
            taken.Add(dir.Ino.Value);
        return taken;
    }
}
