using Engine.Metadata;
using Engine.Testing;

namespace Engine.Cluster.Tests;

/// <summary>What is done about peers that are not heard, by a clock that tests move.</summary>
public sealed class SilenceTests
{
    private static readonly Peer s_zero = TestEnd.Rank(0);
    private static readonly Peer s_one = TestEnd.Rank(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly StandingClock _clock = new();

    [Fact]
    public void APeerThatIsGoneWithoutAWordIsGivenUp()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        _clock.Advance(TimeSpan.FromMilliseconds(4900));
        Assert.Equal(ConnectionState.Open, connection.State);
        _clock.Advance(TimeSpan.FromMilliseconds(400));
        ConnectionEnd end = zero.Handler.TakeClosed();
        Assert.Equal(EndKind.Silent, end.Kind);
        Assert.StartsWith("nothing heard from rank 1 (1) for 5", end.Text, StringComparison.Ordinal);
        Assert.Equal(0, zero.Handler.Waiting);
    }

    [Fact]
    public void WhoHasNothingToSayIsHeardAllTheSame()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        for (int i = 1; i <= 20; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(625));
            Assert.Equal(FrameKind.Heartbeat, one.Receive().Kind);
            one.Send(FrameSamples.Of(FrameKind.Heartbeat, []));
            int heard = i + 1;
            Assert.True(SpinWait.SpinUntil(() => connection.Statistics.FramesReceived >= heard, s_patience));
        }

        Assert.Equal((ConnectionState.Open, 0), (connection.State, zero.Handler.Waiting));
    }

    [Fact]
    public void APeerThatIsHeardSeldomIsGivenMoreTime()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using var one = new RawPeer(zero.Address);
        Greeting hello = RawPeer.Hello(s_one, s_zero) with { HeartbeatMs = 10_000, TimeoutMs = 30_000 };
        one.Send(FrameSamples.Of(FrameKind.Hello, FrameSamples.Body(hello)));
        Connection connection = zero.Handler.TakeOpened();
        _clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(ConnectionState.Open, connection.State);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(EndKind.Silent, zero.Handler.TakeClosed().Kind);
    }

    [Fact]
    public void NobodyIsSilentWhileThisEndDoesNotListen()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using var goOn = new ManualResetEventSlim();
        using var isIn = new ManualResetEventSlim();
        zero.Handler.Before = _ =>
        {
            isIn.Set();
            Assert.True(goOn.Wait(s_patience));
        };
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        one.Send(Frames.Note(1));
        Assert.True(isIn.Wait(s_patience));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(ConnectionState.Open, connection.State);
        goOn.Set();
        Assert.Equal(1u, zero.Handler.TakeMessage<Note>().Number);
    }

    [Fact]
    public void WhoDoesNotGreetInTimeIsCutOff()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using var one = new RawPeer(zero.Address);
        one.Send(FrameSamples.Of(FrameKind.Hello, FrameSamples.Body(RawPeer.Hello(s_one, s_zero))).AsSpan(0, 50));
        Assert.True(SpinWait.SpinUntil(() => zero.Endpoint.Statistics.Current == 1, s_patience));
        _clock.Advance(TimeSpan.FromMilliseconds(3300));
        one.ReceiveEnd();
        Assert.True(SpinWait.SpinUntil(() => zero.Endpoint.CountOf(EndKind.TimedOut) == 1, s_patience));
        Assert.Equal(0, zero.Handler.Waiting);
    }

    [Fact]
    public void WhoDoesNotSayGoodbyeInTimeIsCutOff()
    {
        using var zero = new TestEnd(s_zero, _clock);
        using RawPeer one = new RawPeer(zero.Address).Enter(s_one, s_zero);
        Connection connection = zero.Handler.TakeOpened();
        connection.Close();
        Assert.Equal(FrameKind.Goodbye, one.Receive().Kind);
        _clock.Advance(TimeSpan.FromMilliseconds(5300));
        Assert.Equal(EndKind.TimedOut, zero.Handler.TakeClosed().Kind);
    }
}
