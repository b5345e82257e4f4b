// Pages of directories from one endpoint to another: sealed on the caller's thread, gathered from where they lie by the sender,
// received in their place, and there either just given back or checked, taken over and indexed.

using System.Net;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Pages over two endpoints.</summary>
internal sealed class PagesWire : WireContender
{
    private const long PoolBytes = 256L << 20;

    private readonly MetadataPagePool _pool = new(PoolBytes);
    private readonly PageChain[] _chains = new PageChain[Directories];
    private readonly Gate _sender;
    private readonly Gate _receiver;
    private readonly Endpoint _from;
    private readonly Endpoint _to;
    private readonly PageTaker _taker;
    private readonly Connection _connection;
    private long _sent;

    /// <summary>With <paramref name="adopts"/> the receiver does all that a rank does with pages.</summary>
    public PagesWire(bool adopts)
        : base(adopts ? "pages, taken into a cache" : "pages")
    {
        for (int i = 0; i < Directories; i++)
            _chains[i] = PageMaker.Make(_pool);
        _taker = new PageTaker(adopts);
        _sender = new Gate(null);
        _receiver = new Gate(_taker);
        var formats = new MessageFormats([DirectoryPages.Format]);
        _to = new Endpoint(Options(1, formats) with { Memory = _taker.Memory }, _receiver);
        _to.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _from = new Endpoint(Options(0, formats), _sender);
        _from.TryDial(_to.Options.Self, _to.Address!);
        _connection = _sender.WaitOpened();
        DirectoryBytes = _chains[0].StoredBytes;
    }

    public override (string Sending, string Receiving) Threads => ("engine-net-send", "engine-net-receive");

    public override long DirectoryBytes { get; }

    public override long PayloadBytesCopied => Copied(_pool) + _taker.PayloadBytesCopied;

    /// <summary>What all classes of a pool's pages count.</summary>
    public static long Copied(MetadataPagePool pool) =>
        Enumerable.Range(0, PageSize.ClassCount).Sum(each => pool.Blocks(each).PayloadBytesCopied);

    public override void Run(int directories)
    {
        for (int i = 0; i < directories; i++)
        {
            _sender.WaitFor(_sent - Directories + 1);
            PageChain chain = _chains[_sent % Directories];
            chain.Epoch++;
            if (!chain.TrySeal())
                throw new IOException("the page pool is too small");
            var message = new DirectoryPages((ulong)_sent++);
            message.Attach(Parcel(chain));
            if (_connection.TrySend(message) != SendOutcome.Queued)
                throw new IOException($"the pages were not sent: {_connection.End}");
        }

        _receiver.WaitFor(_sent);
    }

    public override void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
        _taker.Dispose();
        foreach (PageChain chain in _chains)
            chain.Dispose();
        _pool.Dispose();
    }

    private static EndpointOptions Options(int rank, MessageFormats formats) => new()
    {
        Self = Peer.Of(new RankId(rank), 1),
        Cluster = new ClusterId(1, 1),
        Formats = formats,
    };

    private PageParcel Parcel(PageChain chain)
    {
        PageParcel parcel = PageParcel.Rent();
        parcel.IsSealed = true;
        for (int i = 0; i < chain.StoredPageCount; i++)
        {
            PageId id = chain.StoredPage(i);
            BufferPool blocks = _pool.Blocks(id.SizeClass);
            BufferHandle handle = _pool.Handle(id);
            MetadataPage page = _pool.Page(id);
            blocks.Retain(handle);
            parcel.Add(blocks, handle, page.UsedBytes, page.Directory.Length);
        }

        return parcel;
    }

    /// <summary>Counts what was sent, or what has come, and lets one thread wait for a number.</summary>
    private sealed class Gate(PageTaker? taker) : IEndpointHandler
    {
        private readonly object _lock = new();
        private Connection? _opened;
        private long _count;

        public Connection WaitOpened()
        {
            lock (_lock)
            {
                while (_opened is null)
                    Monitor.Wait(_lock);
                return _opened;
            }
        }

        public void WaitFor(long count)
        {
            lock (_lock)
            {
                while (_count < count)
                    Monitor.Wait(_lock);
            }
        }

        public Refusal Admit(Peer peer) => default;

        public void Opened(Connection connection)
        {
            lock (_lock)
            {
                _opened = connection;
                Monitor.Pulse(_lock);
            }
        }

        public void Received(Connection connection, Message message)
        {
            taker!.Take((DirectoryPages)message);
            Count();
        }

        public void Sent(Connection connection, PagesMessage message) => Count();

        public void Writable(Connection connection)
        {
        }

        public void Declined(Connection connection, PagesMessage message) => throw new IOException("the pages were declined");

        public void Closed(Connection connection, ConnectionEnd end)
        {
        }

        public void DialFailed(Peer to, ConnectionEnd end) => throw new IOException($"no connection: {end}");

        private void Count()
        {
            lock (_lock)
            {
                _count++;
                Monitor.Pulse(_lock);
            }
        }
    }
}
