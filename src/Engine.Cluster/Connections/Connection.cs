// One connection with a peer, from calling or being called to its end.
//
// Threads: a receiver, which greets, reads frames, hands messages to the endpoint's handler and in the end cleans up; a sender,
// which lives while the connection is open. Both block in the kernel: whoever ends the connection shuts the wire, which lets both
// go. Anybody sends, withdraws, closes and aborts.
// Invariants: the first reason given is the connection's end; the handler is told of the end once, by the receiver, after both
// threads have let go of everything; nothing is handed to the handler after somebody aborted.

using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A connection with a peer.</summary>
[SuppressMessage("Design", "CA1001", Justification = "the receiver gives back what it holds, at the end of every connection")]
public sealed partial class Connection
{
    private readonly Endpoint _endpoint;
    private readonly EndpointOptions _options;
    private readonly IPEndPoint? _address;
    private readonly Thread _receiving;
    private readonly SendQueue _queue;
    private readonly object _gate = new();
    private Socket? _socket;
    private IWire? _wire;
    private FrameReceiver? _receiver;
    private FrameSender? _sender;
    private Thread? _sending;
    private ConnectionEnd? _end;
    private int _state;
    private bool _wasOpen;
    private bool _peerLeft;

    private Connection(Endpoint endpoint, Peer peer, ulong dial, IPEndPoint? address, Socket socket)
    {
        _endpoint = endpoint;
        _options = endpoint.Options;
        _address = address;
        _socket = socket;
        _queue = new SendQueue(_options.Formats, _options.SendLimits);
        _queue.BodyBytesMax = FrameLimits.Of(_options.Self.Kind).BodyBytesMax;
        _state = (int)(address is null ? ConnectionState.Greeting : ConnectionState.Connecting);
        Peer = peer;
        Dial = dial;
        long now = _options.Clock.GetTimestamp();
        (_heardAt, _sentAt, _beganAt) = (now, now, now);
        _receiving = new Thread(Run) { IsBackground = true, Name = "engine-net-receive" };
    }

    /// <summary>Who is at the other end; of one that was called and has not greeted, whoever was meant.</summary>
    public Peer Peer { get; private set; }

    /// <summary>Did this end call?</summary>
    public bool IsDialler => _address is not null;

    /// <summary>How far it has come.</summary>
    public ConnectionState State => (ConnectionState)Volatile.Read(ref _state);

    /// <summary>Why it ended, or is about to; null before.</summary>
    public ConnectionEnd? End => Volatile.Read(ref _end);

    /// <summary>Number of the call, by who called.</summary>
    internal ulong Dial { get; private set; }

    /// <summary>Has it been the one with its peer? The endpoint's, under its lock.</summary>
    internal bool HasEntered { get; set; }

    /// <summary>What has passed so far; roughly, while it passes.</summary>
    public ConnectionStatistics Statistics
    {
        get
        {
            (long control, long pages) = _queue.Waiting;
            return new ConnectionStatistics(
                _sender?.Bytes ?? 0, _receiver?.Bytes ?? 0, _receiver?.Frames ?? 0, control + pages);
        }
    }

    /// <summary>Queues a message; never blocks. Pages of a <see cref="PagesMessage"/> are the connection's once it is
    /// queued.</summary>
    public SendOutcome TrySend(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return State == ConnectionState.Open ? _queue.TrySend(message) : SendOutcome.Closed;
    }

    /// <summary>Takes a message with pages back, as far as it was not sent; false when it is not here any more.</summary>
    public bool Withdraw(PagesMessage message) => _queue.Withdraw(message);

    /// <summary>Ends in order: what is queued is sent, then both ends say goodbye.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (State != ConnectionState.Open)
                return;
            BeginClosingLocked();
        }

        _queue.Close();
    }

    /// <summary>Ends now; what is queued either way is lost. The peer learns of a reset.</summary>
    public void Abort(string why) => Finish(new ConnectionEnd(EndKind.Stopped, why));

    /// <summary>Calls an address.</summary>
    internal static Connection Call(Endpoint endpoint, Peer to, ulong dial, IPEndPoint address) =>
        new(endpoint, to, dial, address, new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));

    /// <summary>Answers a call.</summary>
    internal static Connection Answer(Endpoint endpoint, Socket socket) => new(endpoint, default, 0, null, socket);

    internal void Start() => _receiving.Start();

    /// <summary>Waits until the handler was told of the end.</summary>
    internal void Join() => _receiving.Join();

    /// <summary>Ends now, for the first reason given.</summary>
    internal void Finish(ConnectionEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is not null)
            return;
        lock (_gate)
        {
            if (_wire is not null)
                _wire.Abort();
            else
                _socket?.Dispose();
        }

        _queue.Abort();
    }

    private void Run()
    {
        if (TryOpenWire())
            Receive();
        _queue.Abort();
        _wire?.Abort();
        _sending?.Join();
        _queue.Drop();
        _receiver?.Dispose();
        lock (_gate)
        {
            Volatile.Write(ref _state, (int)ConnectionState.Ended);
            _wire?.Dispose();
            _socket?.Dispose();
        }

        _endpoint.Ended(this, _wasOpen, _end!);
    }

    /// <summary>Reads until the end, whose reason is known then.</summary>
    private void Receive()
    {
        ReceiveEnd end = default;
        while (end.IsNone && End is null)
            end = _receiver!.Next();
        if (end.IsEnd && _peerLeft)
        {
            // What this end had queued before it learned that the peer leaves still goes out.
            _sending?.Join();
            Finish(new ConnectionEnd(EndKind.Orderly, ""));
        }
        else if (!end.IsNone)
        {
            Finish(ReasonOf(end));
        }
    }

    private static ConnectionEnd ReasonOf(in ReceiveEnd end)
    {
        if (end.IsEnd)
            return new ConnectionEnd(EndKind.Reset, "the peer ended the connection");
        if (end.Error.Failed)
            return new ConnectionEnd(EndKind.Reset, $"the connection failed: {end.Error}");
        EndKind kind = end.Problem.Kind == FrameProblemKind.Truncated ? EndKind.Reset : EndKind.Damaged;
        return new ConnectionEnd(kind, end.Problem.ToString(), Problem: end.Problem.Kind);
    }

    private bool TryOpenWire()
    {
        try
        {
            if (_address is not null)
                _socket!.Connect(_address);
            lock (_gate)
            {
                if (End is not null)
                    return false;
                _wire = new SocketWire(_socket!);
                _receiver = new FrameReceiver(_wire, _options.Formats, _options.Memory, this);
                _sender = new FrameSender(_wire);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            Finish(new ConnectionEnd(EndKind.Unreachable, $"{_address} does not answer: {failure.Message}"));
            return false;
        }

        if (_address is not null)
            SayHello();
        return true;
    }

    /// <summary>Sends what waits until there will be nothing more.</summary>
    private void Send()
    {
        while (_queue.TakeTurn(out ControlBuffer frames, out OutboundTransfer? transfer))
        {
            IoError error = _sender!.Send(frames, transfer);
            Volatile.Write(ref _sentAt, _options.Clock.GetTimestamp());
            if (error.Failed)
            {
                // The receiver hears of it too, and what it still reads may say why.
                _queue.Abort();
                return;
            }

            bool isWritable = _queue.EndTurn(out PagesMessage? sent);
            if (sent is not null)
                _endpoint.Handler.Sent(this, sent);
            if (isWritable)
                _endpoint.Handler.Writable(this);
        }

        if (End is null)
            _wire!.EndSend();
    }
}
