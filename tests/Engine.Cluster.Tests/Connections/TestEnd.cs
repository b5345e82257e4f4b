using System.Net;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing;

namespace Engine.Cluster.Tests;

/// <summary>An endpoint on loopback whose owner takes notes, with a diagnostic pool of 64 KiB pages.</summary>
internal sealed class TestEnd : IDisposable
{
    private const int PageBytes = 64 << 10;

    private readonly DiagnosticPool _pages;

    public TestEnd(Peer self, TimeProvider? clock = null, int pages = 64, Func<EndpointOptions, EndpointOptions>? change = null)
    {
        _pages = new DiagnosticPool(pages, PageBytes, quarantineBlocks: 8);
        var options = new EndpointOptions
        {
            Self = self,
            Cluster = FrameSamples.Cluster,
            Formats = TestMessages.Formats,
            Memory = new PageMemory([_pages.Pool], long.MaxValue),
            Clock = clock ?? TimeProvider.System,
        };
        Endpoint = new Endpoint(change?.Invoke(options) ?? options, Handler);
        Endpoint.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public RecordingHandler Handler { get; } = new();

    public Endpoint Endpoint { get; }

    public BufferPool Pages => _pages.Pool;

    public int PagesOut => _pages.OutstandingCount;

    public IPEndPoint Address => Endpoint.Address!;

    public Peer Self => Endpoint.Options.Self;

    public static Peer Rank(int rank, ulong incarnation = 1) => Peer.Of(new RankId(rank), incarnation);

    /// <summary>Calls another and waits until both are open.</summary>
    public (Connection Mine, Connection Its) Connect(TestEnd other)
    {
        Assert.True(Endpoint.TryDial(other.Self, other.Address));
        Connection mine = Handler.TakeOpened();
        return (mine, other.Handler.TakeOpened());
    }

    public void Dispose()
    {
        Endpoint.Dispose();
        while (Handler.Waiting > 0)
        {
            RecordingHandler.Told told = Handler.TakeAny();
            if (told.What == "received")
                (told.Subject as Cargo)?.Pages.Dispose();
        }

        _pages.Dispose();
    }
}
