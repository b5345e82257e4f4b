// The receiver's part of a connection: it answers what comes. Everything here runs on the receiving thread.
//
// The ends greet before the sender lives, so that a greeting is sent by whoever received. A connection is open once the endpoint
// has taken it in as the one with its peer, and the one before has been told to have ended.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <content>What a connection does about frames that come, and the way from the first of them to being open.</content>
public sealed partial class Connection : IFrameSink
{
    private Greeting _hello;
    private int _timeoutMs;

    /// <inheritdoc/>
    void IFrameSink.Heard() => Volatile.Write(ref _heardAt, _options.Clock.GetTimestamp());

    /// <inheritdoc/>
    void IFrameSink.TakeGreeting(FrameKind kind, in Greeting greeting)
    {
        if (kind == FrameKind.Hello)
            AnswerHello(greeting);
        else
            TakeWelcome(greeting);
    }

    /// <inheritdoc/>
    void IFrameSink.TakeRefusal(in Refusal refusal) =>
        Finish(new ConnectionEnd(EndKind.Refused, refusal.ToString(), refusal.Reason));

    /// <inheritdoc/>
    void IFrameSink.TakeMessage(Message message)
    {
        if (End is not null)
        {
            (message as PagesMessage)?.Pages.Dispose();
            return;
        }

        Volatile.Write(ref _isDelivering, true);
        _endpoint.Handler.Received(this, message);
        Volatile.Write(ref _heardAt, _options.Clock.GetTimestamp());
        Volatile.Write(ref _isDelivering, false);
    }

    /// <inheritdoc/>
    void IFrameSink.TakeDeclined(uint transfer)
    {
        if (_queue.Declined(transfer) is { } message)
            _endpoint.Handler.Declined(this, message);
    }

    /// <inheritdoc/>
    void IFrameSink.TakeGoodbye()
    {
        lock (_gate)
        {
            _peerLeft = true;
            if (State == ConnectionState.Open)
                BeginClosingLocked();
        }

        _queue.Close();
    }

    /// <inheritdoc/>
    void IFrameSink.Decline(uint transfer) => _queue.Decline(transfer);

    private void SayHello()
    {
        _receiver!.Limits = FrameLimits.Answerer;
        _hello = Greet(Peer, Dial);
        Volatile.Write(ref _state, (int)ConnectionState.Greeting);
        SendGreeting(FrameKind.Hello, _hello);
    }

    private Greeting Greet(Peer to, ulong dial) => new()
    {
        VersionMin = Greeting.ProtocolVersion,
        VersionMax = Greeting.ProtocolVersion,
        Cluster = _options.Cluster,
        From = _options.Self,
        To = to,
        Dial = dial,
        HeartbeatMs = _options.HeartbeatMs,
        TimeoutMs = _options.TimeoutMs,
    };

    private void AnswerHello(in Greeting hello)
    {
        Peer = hello.From;
        Dial = hello.Dial;
        Refusal refusal = HandshakeRules.Answer(_options.Self, _options.Cluster, hello);
        Connection? replaced = null;
        if (refusal.Reason == RefusalReason.None)
            refusal = _endpoint.Handler.Admit(hello.From);
        if (refusal.Reason == RefusalReason.None)
            refusal = _endpoint.Enter(this, hello.From, out replaced);
        if (refusal.Reason != RefusalReason.None)
        {
            SendRefusal(refusal);
            Finish(new ConnectionEnd(EndKind.Rejected, refusal.ToString(), refusal.Reason));
            return;
        }

        GiveWay(replaced);
        SendGreeting(FrameKind.Welcome, Greet(hello.From, hello.Dial));
        Open(hello);
    }

    private void TakeWelcome(in Greeting welcome)
    {
        Refusal refusal = HandshakeRules.Check(_hello, welcome);
        Connection? replaced = null;
        if (refusal.Reason == RefusalReason.None)
            refusal = _endpoint.Enter(this, welcome.From, out replaced);
        if (refusal.Reason != RefusalReason.None)
        {
            Finish(new ConnectionEnd(EndKind.Rejected, refusal.ToString(), refusal.Reason));
            return;
        }

        Peer = welcome.From;
        GiveWay(replaced);
        Open(welcome);
    }

    /// <summary>The handler hears of the end of the connection before this one, then of this one.</summary>
    private static void GiveWay(Connection? replaced)
    {
        if (replaced is null)
            return;
        replaced.Finish(new ConnectionEnd(EndKind.Superseded, $"{replaced.Peer} called anew"));
        replaced.Join();
    }

    private void Open(in Greeting greeting)
    {
        _timeoutMs = Math.Max(_options.TimeoutMs, 2 * greeting.HeartbeatMs);
        _receiver!.Limits = FrameLimits.Of(Peer.Kind);
        lock (_gate)
        {
            if (End is not null)
                return;
            _wasOpen = true;
            Volatile.Write(ref _state, (int)ConnectionState.Open);
        }

        _sending = new Thread(Send) { IsBackground = true, Name = $"engine-net-send {Peer}" };
        _endpoint.Handler.Opened(this);
        _sending.Start();
    }

    private void SendGreeting(FrameKind kind, in Greeting greeting)
    {
        var frame = new ControlBuffer();
        int start = frame.Begin();
        greeting.Write(frame.GetSpan(Greeting.Bytes));
        frame.Advance(Greeting.Bytes);
        frame.End(start, kind);
        SendNow(frame);
    }

    private void SendRefusal(in Refusal refusal)
    {
        var frame = new ControlBuffer();
        int start = frame.Begin();
        frame.Advance(refusal.Write(frame.GetSpan(Refusal.BytesMax)));
        frame.End(start, FrameKind.Refusal);
        SendNow(frame);
    }

    /// <summary>Before the sender lives. A peer that is gone is met by the receiver.</summary>
    private void SendNow(ControlBuffer frame)
    {
        IoError error = _sender!.Send(frame, null);
        if (error.Failed)
            Finish(new ConnectionEnd(EndKind.Reset, $"the connection failed: {error}"));
    }
}
