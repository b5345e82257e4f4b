using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing;

namespace Engine.Cluster.Tests;

/// <summary>Pages from a sender to a receiver over a wire that is memory: from where they lie to where they stay, and without a
/// managed allocation for a frame.</summary>
public sealed class SteadyPathTests
{
    private const int PageBytes = 64 << 10;
    private const int Pages = 64;
    private const int WireBytes = 1 << 20;

    [Fact]
    public void PagesGoFromTheirMemoryAndIntoTheirPlace()
    {
        using var from = new DiagnosticPool(Pages, PageBytes);
        using var to = new DiagnosticPool(Pages, PageBytes);
        using var lane = new Lane(to.Pool, part: null);
        lane.Wire.Seen = [];
        int delivered = 0;
        lane.Sink.Look = message =>
        {
            TestMessages.CheckPages((Cargo)message);
            delivered++;
        };
        long payload = 0;
        for (ulong i = 1; i <= 5; i++)
        {
            Cargo cargo = TestMessages.Cargo(i, from.Pool, (int)i * 5, PageBytes - 1000, 400);
            payload += cargo.Pages.Bytes;
            lane.Carry(cargo);
        }

        Assert.Equal(5, delivered);
        Assert.Equal(payload, lane.Wire.Seen.Where(each => from.Pool.Contains(each.Address, each.Length)).Sum(Length));
        Assert.Equal(payload, lane.Wire.Seen.Where(each => to.Pool.Contains(each.Address, each.Length)).Sum(Length));
        Assert.Equal((0, 0), (from.Pool.PayloadBytesCopied, to.Pool.PayloadBytesCopied));
    }

    [Fact]
    public void APartlyTakenTurnGoesOnWhereItEnded()
    {
        var random = new SeededRandom(3);
        using var from = new DiagnosticPool(Pages, PageBytes);
        using var to = new DiagnosticPool(Pages, PageBytes);
        using var lane = new Lane(to.Pool, most => random.NextBool(0.1) ? most : random.NextInt(1, 20_000));
        int delivered = 0;
        lane.Sink.Look = message =>
        {
            TestMessages.CheckPages((Cargo)message);
            delivered++;
        };
        for (ulong i = 1; i <= 30; i++)
        {
            int pages = random.NextInt(0, 20);
            lane.Carry(TestMessages.Cargo(i, from.Pool, pages, random.NextInt(1, 40_000), random.NextInt(0, 20_000)));
        }

        Assert.Equal(30, delivered);
    }

    [Fact]
    public void FramesAllocateNothing()
    {
        using var from = new BufferPool(new BufferPoolOptions { BlockBytes = PageBytes, BlockCount = Pages });
        using var to = new BufferPool(new BufferPoolOptions { BlockBytes = PageBytes, BlockCount = Pages });
        using var lane = new Lane(to, part: null);
        // A message is an object at either end; what a longer transfer costs beside is its frames.
        long one = AllocationGate.LeastBytes(() => lane.Carry(Fresh(from, 1)));
        long many = AllocationGate.LeastBytes(() => lane.Carry(Fresh(from, Pages)));
        Assert.Equal(one, many);
        Assert.InRange(one, 1, 256);
        Assert.Equal(0, AllocationGate.LeastBytes(lane.Beat));
    }

    private static long Length(IoVector vector) => (long)vector.Length;

    private static Cargo Fresh(BufferPool pool, int pages)
    {
        PageParcel parcel = PageParcel.Rent();
        for (int i = 0; i < pages; i++)
        {
            Invariant.That(pool.TryRent(out BufferHandle handle));
            parcel.Add(pool, handle, PageBytes);
        }

        var cargo = new Cargo(1);
        cargo.Attach(parcel);
        return cargo;
    }

    /// <summary>A queue, a sender and a receiver.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly SendQueue _queue = new(TestMessages.Formats, SendLimits.Usual);
        private readonly FrameSender _sender;
        private readonly FrameReceiver _receiver;

        public Lane(BufferPool pages, Func<int, int>? part)
        {
            Wire = new LoopWire(WireBytes, part);
            _sender = new FrameSender(Wire);
            _receiver = new FrameReceiver(Wire, TestMessages.Formats, new PageMemory([pages], long.MaxValue), Sink)
            {
                Limits = FrameLimits.Of(PeerKind.Rank),
            };
        }

        public LoopWire Wire { get; }

        public CountingSink Sink { get; } = new();

        /// <summary>Sends and receives all frames of a message.</summary>
        public void Carry(Cargo cargo)
        {
            Invariant.That(_queue.TrySend(cargo) == SendOutcome.Queued);
            int transfers = Sink.Transfers;
            while (Sink.Transfers == transfers)
                Turn();
        }

        public void Beat()
        {
            _queue.Heartbeat();
            Turn();
        }

        public void Dispose()
        {
            _queue.Abort();
            _queue.Drop();
            _receiver.Dispose();
            Wire.Dispose();
        }

        private void Turn()
        {
            Invariant.That(_queue.TakeTurn(out ControlBuffer frames, out OutboundTransfer? transfer));
            Invariant.That(_sender.Send(frames, transfer).IsNone);
            _queue.EndTurn(out _);
            Invariant.That(_receiver.Next().IsNone);
        }
    }
}
