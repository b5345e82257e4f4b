// Who does the I/O of a blocked reader: its own thread where that submits the read, nobody's who only unblocks it.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class BlockingReadTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void LoneReaderDoesItsOwnMiss()
    {
        using CacheFixture f = new();
        f.Backend.Store.Fill(A, 0, 4 * K, (byte)'s');
        Thread reader = Start(f, A, out byte[] destination);
        Assert.True(SpinWait.SpinUntil(() => f.Backend.PendingCount == 1, s_patience));

        PendingOperation read = f.Backend.Only();

        Assert.True(read.CallerWaits);
        Assert.Equal(reader.ManagedThreadId, read.Thread);
        f.Complete(read);
        reader.Join();
        Assert.Equal(Bytes(4 * K, 's'), destination);
    }

    [Fact]
    public void OC025_ReaderThatAnotherThreadUnblocksDoesNotUseThatThread()
    {
        using CacheFixture f = new(capabilities: ManualBackend.Default with { OperationsMax = 16 });
        for (int i = 0; i < 8; i++)
            f.R(B, i * 8 * K, 4 * K);
        Assert.Equal(8, f.Backend.PendingCount);
        Thread reader = Start(f, A, out byte[] destination);
        Assert.True(SpinWait.SpinUntil(() => f.Statistics.OpsMiss == 9, s_patience));
        Assert.Equal(8, f.Backend.PendingCount);

        f.Complete("read B 0~4K");

        PendingOperation read = f.Backend.Find("read A 0~4K");
        Assert.Equal(Environment.CurrentManagedThreadId, read.Thread);
        Assert.False(read.CallerWaits);
        f.CompleteAll();
        reader.Join();
        Assert.Equal(new byte[4 * K], destination);
    }

    [Fact]
    public void ReaderBehindAFenceDoesNotUseTheThreadThatLiftsIt()
    {
        using CacheFixture f = new();
        f.Discard(A, 0, 4 * K, DiscardMode.Invalidate, DiscardStore.Discard);
        Thread reader = Start(f, A, out _);
        Assert.True(SpinWait.SpinUntil(() => f.Statistics.OpsMiss == 1, s_patience));

        f.Complete("discard A 0~4K");

        Assert.False(f.Backend.Find("read A 0~4K").CallerWaits);
        f.CompleteAll();
        reader.Join();
    }

    private static Thread Start(CacheFixture f, long objectNumber, out byte[] destination)
    {
        byte[] bytes = Bytes(4 * K, 'x');
        destination = bytes;
        Thread reader = new(() => f.Cache.Read(f.S, CacheFixture.Extent(objectNumber, 0, 4 * K), bytes));
        reader.Start();
        return reader;
    }
}
