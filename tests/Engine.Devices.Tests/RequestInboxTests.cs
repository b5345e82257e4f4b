using Engine.Buffers;
using Engine.Testing.Devices;

namespace Engine.Devices.Tests;

public sealed class RequestInboxTests
{
    private static readonly CollectingSink s_sink = new();

    [Fact]
    public void Takes_WhatWasPut_InOrder_UpToItsCapacity()
    {
        var inbox = new RequestInbox(4);
        Assert.False(inbox.HasItems);
        Assert.Equal(3, inbox.TryPut(Requests(0, 3)));
        Assert.Equal(1, inbox.TryPut(Requests(3, 3)));
        Assert.Equal(0, inbox.TryPut(Requests(4, 1)));
        Assert.True(inbox.HasItems);
        for (ulong i = 0; i < 4; i++)
        {
            Assert.True(inbox.TryTake(out DeviceRequest request));
            Assert.Equal(i, request.Token);
        }

        Assert.False(inbox.TryTake(out _));
        Assert.Equal(0, inbox.TryPut(Requests(4, 1)));
        inbox.Release();
        Assert.Equal(2, inbox.TryPut(Requests(4, 2)));
    }

    [Fact]
    public void Close_RefusesNewOnes_AndIsFinishedOnceTheOldAreTaken()
    {
        var inbox = new RequestInbox(4);
        inbox.TryPut(Requests(0, 1));
        inbox.Close();
        Assert.True(inbox.IsClosed);
        Assert.False(inbox.IsFinished);
        Assert.Equal(-1, inbox.TryPut(Requests(1, 1)));
        Assert.True(inbox.TryTake(out _));
        Assert.True(inbox.IsFinished);
    }

    [Fact]
    public void Close_ReleasesThoseThatWaitForRoom()
    {
        var inbox = new RequestInbox(2);
        inbox.TryPut(Requests(0, 2));
        var waiter = new Thread(inbox.WaitForRoom);
        waiter.Start();
        inbox.Close();
        Assert.True(waiter.Join(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void ManyProducers_LoseAndDoubleNothing()
    {
        const int producers = 3;
        const int each = 20_000;
        var inbox = new RequestInbox(8);
        Thread[] threads = [.. Enumerable.Range(0, producers).Select(p => new Thread(() =>
        {
            for (int i = 0; i < each;)
            {
                int wanted = Math.Min(1 + i % 5, each - i);
                int put = inbox.TryPut(Requests((ulong)(p * each + i), wanted));
                if (put == 0)
                    inbox.WaitForRoom();
                i += put;
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        ulong[] next = [0, each, 2 * each];
        for (int taken = 0; taken < producers * each;)
        {
            while (inbox.TryTake(out DeviceRequest request))
            {
                taken++;
                Assert.Equal(next[request.Token / each]++, request.Token);
            }

            inbox.Release();
            Thread.Yield();
        }

        Array.ForEach(threads, t => t.Join());
        Assert.False(inbox.HasItems);
    }

    private static DeviceRequest[] Requests(ulong first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new DeviceRequest { Token = first + (ulong)i, Sink = s_sink })];
}
