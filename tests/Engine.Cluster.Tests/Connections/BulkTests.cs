// Pages over real connections. The other end is an endpoint, or a peer made of raw bytes with a small receive buffer that reads
// only what a test wants: then a transfer stands in the middle, since some hundred KiB fill what lies between.
// Every end has a diagnostic pool: a page that is not given back fails the test.

using System.Buffers.Binary;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Pages between two ends: whole, passed by messages, taken back, declined, cut off.</summary>
public sealed class BulkTests
{
    private const int PageBytes = 64 << 10;
    private const int SmallBuffer = 64 << 10;

    private static readonly Peer s_zero = TestEnd.Rank(0);
    private static readonly Peer s_one = TestEnd.Rank(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PagesArriveWholeInTheirPlaceAndInOrder(bool isSealed)
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        (Connection mine, Connection its) = zero.Connect(one);
        (int Pages, int Front, int Tail)[] sizes =
            [(20, PageBytes - 300, 200), (0, 1, 0), (1, 1, 0), (40, 60_000, 1), (1, PageBytes, 0), (2, 64, PageBytes - 65)];
        for (ulong i = 0; i < (ulong)sizes.Length; i++)
        {
            (int pages, int front, int tail) = sizes[i];
            Cargo cargo = TestMessages.Cargo(i, zero.Pages, pages, front, tail, isSealed);
            Assert.Equal(SendOutcome.Queued, mine.TrySend(cargo));
            Assert.Equal(SendOutcome.Queued, its.TrySend(TestMessages.Note(i)));
            Cargo got = one.Handler.TakeMessage<Cargo>();
            Assert.Equal((i, pages, isSealed), (got.Number, got.Pages.Count, got.Pages.IsSealed));
            TestMessages.CheckPages(got);
            got.Pages.Dispose();
            Assert.Equal(i, zero.Handler.TakeMessage<Note>().Number);
            Assert.True(SpinWait.SpinUntil(() => zero.PagesOut == 0, s_patience));
        }

        Assert.Equal((0, 0), (zero.Pages.PayloadBytesCopied, one.Pages.PayloadBytesCopied));
    }

    [Fact]
    public void WhoSendsIsToldWhenThePagesAreOnTheirWay()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one);
        zero.Handler.NotesSent = true;
        (Connection mine, _) = zero.Connect(one);
        Cargo cargo = TestMessages.Cargo(1, zero.Pages, 20, PageBytes);
        Assert.Equal(SendOutcome.Queued, mine.TrySend(cargo));
        Assert.Same(cargo, zero.Handler.Take("sent").Subject);
        Assert.Equal(0, zero.PagesOut);
        Assert.Contains("Pages = 0", cargo.ToString(), StringComparison.Ordinal);
        Cargo got = one.Handler.TakeMessage<Cargo>();
        TestMessages.CheckPages(got);
        got.Pages.Dispose();
    }

    [Fact]
    public void AMessageAndAWithdrawalPassATransferAndCutItShort()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        Cargo first = TestMessages.Cargo(1, zero.Pages, 60, PageBytes);
        Assert.Equal(SendOutcome.Queued, connection.TrySend(first));
        Assert.Equal(SendOutcome.Queued, connection.TrySend(TestMessages.Cargo(2, zero.Pages, 3, PageBytes)));
        // The transfer is under way, and stands: nobody reads.
        Assert.Equal(FrameKind.Pages, one.ReceiveTalk().Kind);
        Assert.Equal(SendOutcome.Queued, connection.TrySend(TestMessages.Note(9)));
        Assert.True(connection.Withdraw(first));
        Assert.False(connection.Withdraw(first));

        var kinds = new List<(FrameKind Kind, uint Transfer)>();
        while (kinds.Count == 0 || kinds[^1] != (FrameKind.Pages, 2))
        {
            (FrameKind kind, FrameHeader header, _) = one.ReceiveTalk();
            kinds.Add((kind, header.Transfer));
        }

        // 60 pages are 15 frames.
        Assert.InRange(kinds.Count(kind => kind == (FrameKind.Pages, 1)), 0, 13);
        int note = kinds.IndexOf((FrameKind.Message, 0));
        int withdrawn = kinds.IndexOf((FrameKind.Withdrawn, 1));
        Assert.True(note >= 0 && withdrawn > note && withdrawn > kinds.LastIndexOf((FrameKind.Pages, 1)));
        Assert.True(SpinWait.SpinUntil(() => zero.PagesOut == 0, s_patience));
        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Fact]
    public void WhatWasNotBegunIsTakenBackWithoutAWord()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        connection.TrySend(TestMessages.Cargo(1, zero.Pages, 40, PageBytes));
        Cargo second = TestMessages.Cargo(2, zero.Pages, 10, PageBytes);
        connection.TrySend(second);
        Assert.True(connection.Withdraw(second));
        connection.TrySend(TestMessages.Cargo(3, zero.Pages, 1, PageBytes));
        var transfers = new List<uint>();
        while (transfers.Count == 0 || transfers[^1] != 3)
        {
            (FrameKind kind, FrameHeader header, _) = one.ReceiveTalk();
            Assert.Equal(FrameKind.Pages, kind);
            transfers.Add(header.Transfer);
        }

        Assert.DoesNotContain(2u, transfers);
        Assert.Equal(10, transfers.Count(transfer => transfer == 1));
    }

    [Fact]
    public void AWithdrawnTransferIsNeverDelivered()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        zero.Handler.TakeOpened();
        one.Send(FrameSamples.Pages(FrameFlags.First, 1, 0, Frames.Opening(1), (16, 5000, 300)));
        one.Send(FrameSamples.Of(FrameKind.Withdrawn, [], transfer: 1));
        one.Send(FrameSamples.Pages(FrameFlags.First | FrameFlags.Last, 2, 0, Frames.Opening(2), (16, 5000, 300)));
        Cargo cargo = zero.Handler.TakeMessage<Cargo>();
        Assert.Equal((2u, 1), (cargo.Number, zero.PagesOut));
        cargo.Pages.Dispose();
    }

    [Fact]
    public void PagesThatThereIsNoRoomForAreDeclinedAndTheRestGoesOn()
    {
        using var zero = new TestEnd(s_zero);
        using var one = new TestEnd(s_one, pages: 8);
        (Connection mine, _) = zero.Connect(one);
        Cargo large = TestMessages.Cargo(1, zero.Pages, 40, PageBytes);
        Assert.Equal(SendOutcome.Queued, mine.TrySend(large));
        Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Cargo(2, zero.Pages, 5, PageBytes)));
        Cargo got = one.Handler.TakeMessage<Cargo>();
        Assert.Equal(2u, got.Number);
        TestMessages.CheckPages(got);
        got.Pages.Dispose();
        // Told unless all of it was under way before the word came back.
        Assert.True(SpinWait.SpinUntil(() => zero.PagesOut == 0, s_patience));
        if (zero.Handler.Waiting > 0)
            Assert.Same(large, zero.Handler.Take("declined").Subject);
        Assert.Equal(SendOutcome.Queued, mine.TrySend(TestMessages.Note(3)));
        Assert.Equal(3u, one.Handler.TakeMessage<Note>().Number);
    }

    [Fact]
    public void ATransferThatIsDeclinedStops()
    {
        using var zero = new TestEnd(s_zero);
        using RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        Cargo first = TestMessages.Cargo(1, zero.Pages, 60, PageBytes);
        connection.TrySend(first);
        Assert.Equal(FrameKind.Pages, one.ReceiveTalk().Kind);
        one.Send(FrameSamples.Of(FrameKind.Declined, [], transfer: 1));
        Assert.Same(first, zero.Handler.Take("declined").Subject);
        connection.TrySend(TestMessages.Note(5));
        int frames = 1;
        while (one.ReceiveTalk().Kind == FrameKind.Pages)
            frames++;
        Assert.InRange(frames, 1, 13);
        Assert.True(SpinWait.SpinUntil(() => zero.PagesOut == 0, s_patience));
    }

    [Fact]
    public void MG102_AResetInTheMiddleGivesAllPagesBackAtBothEnds()
    {
        using var zero = new TestEnd(s_zero);
        using (RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero))
        {
            Connection connection = zero.Handler.TakeOpened();
            connection.TrySend(TestMessages.Cargo(1, zero.Pages, 40, PageBytes));
            connection.TrySend(TestMessages.Cargo(2, zero.Pages, 10, PageBytes));
            one.Send(FrameSamples.Pages(FrameFlags.First, 1, 0, Frames.Opening(1), (16, 5000, 300)));
            one.Send(FrameSamples.Pages(FrameFlags.Last, 1, 1, [], (16, 5000, 300)).AsSpan(0, 4000));
            Assert.Equal(FrameKind.Pages, one.ReceiveTalk().Kind);
            one.Reset();
        }

        Assert.Equal(EndKind.Reset, zero.Handler.TakeClosed().Kind);
        Assert.Equal((0, 0), (zero.Handler.Waiting, zero.PagesOut));
    }

    [Fact]
    public void ASlowReaderFillsTheQueueAndNoMore()
    {
        const int controlMax = 1 << 20;
        const int noteBytes = 10_000;
        using var zero = new TestEnd(
            s_zero, change: options => options with { SendLimits = new SendLimits(controlMax, 8 * PageBytes) });
        using RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        ulong sent = 0;
        while (connection.TrySend(TestMessages.Note(sent, noteBytes)) == SendOutcome.Queued)
        {
            Assert.InRange(connection.Statistics.BytesWaiting, 0, controlMax + (2 * noteBytes));
            sent++;
        }

        Assert.Equal(SendOutcome.Full, connection.TrySend(TestMessages.Note(sent)));
        Assert.InRange((long)sent * noteBytes, controlMax, 20 * controlMax);
        for (ulong i = 0; i < sent; i++)
            Assert.Equal(i, BinaryPrimitives.ReadUInt64LittleEndian(one.ReceiveTalk().Content.AsSpan(8)));
        zero.Handler.Take("writable");
        Assert.Equal(SendOutcome.Queued, connection.TrySend(TestMessages.Note(sent)));
        Assert.Equal(FrameKind.Message, one.ReceiveTalk().Kind);
        Assert.Equal(0, zero.Handler.Waiting);
    }

    [Fact]
    public void PagesWaitUpToALimitToo()
    {
        using var zero = new TestEnd(
            s_zero, change: options => options with { SendLimits = new SendLimits(1 << 20, 30 * PageBytes) });
        using RawPeer one = new RawPeer(zero.Address, SmallBuffer).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        // Alone, any length may wait.
        Assert.Equal(SendOutcome.Queued, connection.TrySend(TestMessages.Cargo(1, zero.Pages, 40, PageBytes)));
        Cargo second = TestMessages.Cargo(2, zero.Pages, 1, PageBytes);
        Assert.Equal(SendOutcome.Full, connection.TrySend(second));
        for (int i = 0; i < 10; i++)
            Assert.Equal(FrameKind.Pages, one.ReceiveTalk().Kind);
        zero.Handler.Take("writable");
        Assert.Equal(SendOutcome.Queued, connection.TrySend(second));
        Assert.Equal(2u, one.ReceiveTalk().Header.Transfer);
    }
}
