using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>
/// When to call a peer again: a state machine that its owner feeds with what happens and asks what to do. The wait doubles with
/// each failure up to a limit, and each is drawn from its upper half, so that ends that lost one another at the same time do
/// not call at the same time for ever. Not thread-safe.
/// </summary>
/// <param name="firstWaitMicros">Wait after the first failure, and after a connection was lost.</param>
/// <param name="longestWaitMicros">Longest wait.</param>
/// <param name="random">Draws the waits.</param>
public sealed class Redial(long firstWaitMicros, long longestWaitMicros, SeededRandom random)
{
    private long _wait;

    /// <summary>What is done now.</summary>
    public RedialState State { get; private set; }

    /// <summary>When to call again, while <see cref="RedialState.Waiting"/>.</summary>
    public long DueMicros { get; private set; }

    /// <summary>Failures since there was a connection.</summary>
    public int Failures { get; private set; }

    /// <summary>A connection is wanted. True when the peer is to be called now.</summary>
    public bool Want()
    {
        if (State != RedialState.Idle)
            return false;
        _wait = firstWaitMicros;
        Failures = 0;
        State = RedialState.Dialling;
        return true;
    }

    /// <summary>None is wanted any more, or of another instance.</summary>
    public void Forget() => State = RedialState.Idle;

    /// <summary>There is a connection, whoever called.</summary>
    public void Opened()
    {
        if (State == RedialState.Idle)
            return;
        State = RedialState.Up;
        _wait = firstWaitMicros;
        Failures = 0;
    }

    /// <summary>The connection ended.</summary>
    public void Lost(long nowMicros)
    {
        if (State == RedialState.Up)
            WaitFrom(nowMicros);
    }

    /// <summary>The call came to nothing.</summary>
    public void Failed(long nowMicros, ConnectionEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        if (State != RedialState.Dialling)
            return;
        Failures++;
        if (end.Refusal is RefusalReason.Version or RefusalReason.Cluster or RefusalReason.Replaced)
            State = RedialState.Hopeless;
        else
            WaitFrom(nowMicros);
    }

    /// <summary>Time passes. True when the peer is to be called now.</summary>
    public bool Tick(long nowMicros)
    {
        if (State != RedialState.Waiting || nowMicros < DueMicros)
            return false;
        State = RedialState.Dialling;
        return true;
    }

    private void WaitFrom(long nowMicros)
    {
        long half = _wait / 2;
        DueMicros = nowMicros + half + random.NextLong(half + 1);
        _wait = Math.Min(2 * _wait, longestWaitMicros);
        State = RedialState.Waiting;
    }
}
