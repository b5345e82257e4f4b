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
        ExportQueue queue = new();
        Assert.True(queue.TryAdd(Dir(1), s_to, isUrgent: false, 10));
        Assert.True(queue.TryAdd(Dir(2), s_to, isUrgent: true, 10));
        Assert.True(queue.TryAdd(Dir(3), s_to, isUrgent: false, 10));
        Assert.True(queue.TryAdd(Dir(4), s_to, isUrgent: true, 10));
        Assert.Equal([2ul, 4ul, 1ul, 3ul], Drain(queue));
        Assert.True(queue.TryAdd(Dir(5), s_to, isUrgent: false, 10));
        Assert.True(queue.TryAdd(Dir(6), s_to, isUrgent: true, 10));
        Assert.Equal([6ul, 5ul], Drain(queue));
    }

    [Fact]
    public void TheSameIsAddedOnce_AndNoMoreThanMayWait()
    {
        ExportQueue queue = new();
        Assert.True(queue.TryAdd(Dir(1), s_to, isUrgent: false, 2));
        Assert.False(queue.TryAdd(Dir(1), s_to, isUrgent: true, 2));
        Assert.True(queue.TryAdd(Dir(1), new RankId(2), isUrgent: false, 2));
        Assert.False(queue.TryAdd(Dir(2), s_to, isUrgent: false, 2));
        Assert.Equal(2, queue.Clear());
        Assert.False(queue.TryTake(static (_, _) => true, out _, out RankId to, out _));
        Assert.True(to.IsNone);
        Assert.True(queue.TryAdd(Dir(2), s_to, isUrgent: true, 2));
        Assert.Equal([2ul], Drain(queue));
    }

    [Fact]
    public void WhoseTimeHasNotComeIsPassedOver_AndOrderStays()
    {
        ExportQueue queue = new();
        for (ulong i = 1; i <= 4; i++)
            Assert.True(queue.TryAdd(Dir(i), s_to, isUrgent: i > 2, 10));
        Assert.True(queue.TryTake(static (dir, _) => dir.Ino.Value is not 3, out DirFrag taken, out _, out bool isUrgent));
        Assert.Equal((4ul, true), (taken.Ino.Value, isUrgent));
        Assert.False(queue.TryTake(static (_, _) => false, out _, out _, out _));
        Assert.True(queue.TryAdd(Dir(5), s_to, isUrgent: true, 10));
        Assert.True(queue.TryAddFirst(Dir(6), s_to));
        Assert.False(queue.TryAddFirst(Dir(5), s_to));
        Assert.Equal([6ul, 3ul, 5ul, 1ul, 2ul], Drain(queue));
    }

    private static DirFrag Dir(ulong ino) => new(new Ino(ino), Frag.Root);

    private static List<ulong> Drain(ExportQueue queue)
    {
        List<ulong> taken = [];
        while (queue.TryTake(static (_, _) => true, out DirFrag dir, out _, out _))
            taken.Add(dir.Ino.Value);
        return taken;
    }
}
