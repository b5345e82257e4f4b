namespace Engine.Cluster;

/// <content>What a connection does as time passes.</content>
public sealed partial class Connection
{
    private readonly long _beganAt;
    private long _heardAt;
    private long _sentAt;
    private long _closingAt;

    /// <summary>The handler has a message in hand: nothing is read, so that nothing can be heard.</summary>
    private bool _isDelivering;

    /// <summary>Judges silence, and breaks its own.</summary>
    internal void Tick(long now)
    {
        switch (State)
        {
            case ConnectionState.Connecting or ConnectionState.Greeting:
                if (MsBetween(_beganAt, now) <= _options.HandshakeTimeoutMs)
                    break;
                Finish(State == ConnectionState.Connecting
                    ? new ConnectionEnd(EndKind.Unreachable, $"no connection within {_options.HandshakeTimeoutMs} ms")
                    : new ConnectionEnd(EndKind.TimedOut, $"no greeting within {_options.HandshakeTimeoutMs} ms"));
                break;
            case ConnectionState.Open:
                long silentMs = MsBetween(Volatile.Read(ref _heardAt), now);
                if (!Volatile.Read(ref _isDelivering) && silentMs > _timeoutMs)
                    Finish(new ConnectionEnd(EndKind.Silent, $"nothing heard from {Peer} for {silentMs} ms"));
                else if (MsBetween(Volatile.Read(ref _sentAt), now) >= _options.HeartbeatMs)
                    _queue.Heartbeat();
                break;
            case ConnectionState.Closing:
                if (MsBetween(Volatile.Read(ref _closingAt), now) > _timeoutMs)
                    Finish(new ConnectionEnd(EndKind.TimedOut, $"{Peer} did not say goodbye within {_timeoutMs} ms"));
                break;
            default:
                break;
        }
    }

    private void BeginClosingLocked()
    {
        Volatile.Write(ref _closingAt, _options.Clock.GetTimestamp());
        Volatile.Write(ref _state, (int)ConnectionState.Closing);
    }

    private long MsBetween(long from, long to) => (long)_options.Clock.GetElapsedTime(from, to).TotalMilliseconds;
}
