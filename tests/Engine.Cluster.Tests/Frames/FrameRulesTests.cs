using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>What may be in a frame, from whom and when.</summary>
public sealed class FrameRulesTests
{
    private static readonly Peer s_self = Peer.Of(new RankId(0), 9);

    [Fact]
    public void BeforeTheHandshakeOnlyGreetingsMayCome()
    {
        foreach ((string name, byte[] bytes) in FrameSamples.All)
        {
            Assert.Equal(name == "Hello", Accepts(FrameLimits.Dialler, bytes));
            Assert.Equal(name is "Welcome" or "Refusal", Accepts(FrameLimits.Answerer, bytes));
        }
    }

    [Fact]
    public void OnlyRanksSendPages()
    {
        foreach ((string name, byte[] bytes) in FrameSamples.All)
        {
            bool isTalk = name is "Heartbeat" or "Message" or "Goodbye";
            bool isBulk = name is "Pages" or "PagesSealed" or "PagesNone" or "Withdrawn" or "Declined";
            Assert.Equal(isTalk || isBulk, Accepts(FrameLimits.Of(PeerKind.Rank), bytes));
            Assert.Equal(isTalk, Accepts(FrameLimits.Of(PeerKind.Client), bytes));
            Assert.Equal(isTalk, Accepts(FrameLimits.Of(PeerKind.Map), bytes));
        }
    }

    [Theory]
    [InlineData(PeerKind.Client, 4 << 20, true)]
    [InlineData(PeerKind.Client, (4 << 20) + 1, false)]
    [InlineData(PeerKind.Rank, 64 << 20, true)]
    [InlineData(PeerKind.Rank, (64 << 20) + 1, false)]
    public void AMessageHasALongestLength(PeerKind kind, int bytes, bool isGood)
    {
        var header = new byte[FrameHeader.Bytes];
        new FrameHeader(FrameKind.Message, BodyBytes: bytes).Write(header);
        FrameProblem problem = FrameHeader.TryRead(header, FrameLimits.Of(kind), out _);
        Assert.Equal(isGood ? FrameProblemKind.None : FrameProblemKind.BodyLength, problem.Kind);
    }

    [Fact]
    public void AGreetingIsReadAsItWasWritten()
    {
        Assert.True(Greeting.TryRead(FrameKind.Hello, FrameSamples.Body(FrameSamples.Hello), out Greeting read).IsNone);
        Assert.Equal(FrameSamples.Hello, read);
    }

    [Fact]
    public void ImpossibleGreetingsAreRefusedWithTheirField()
    {
        Greeting good = FrameSamples.Hello;
        Assert.Equal(0, Wrong(good with { VersionMin = 2 }));
        Assert.Equal(24, Wrong(good with { From = Peer.Of(new RankId(3), 0) }));
        Assert.Equal(24, Wrong(good with { From = Peer.Of(new RankId(64), 1) }));
        Assert.Equal(24, Wrong(good with { From = new Peer(PeerKind.Client, 4, 1) }));
        Assert.Equal(48, Wrong(good with { To = new Peer((PeerKind)3, 0, 0) }));
        Assert.Equal(80, Wrong(good with { HeartbeatMs = 0 }));
        Assert.Equal(80, Wrong(good with { HeartbeatMs = 60_001, TimeoutMs = 100_000 }));
        Assert.Equal(84, Wrong(good with { TimeoutMs = 1000 }));
    }

    [Fact]
    public void ARefusalIsOneLineAndCut()
    {
        byte[] body = FrameSamples.Body(new Refusal(RefusalReason.Unknown, "two\nlines " + new string('ä', 300)));
        Assert.True(Refusal.TryRead(body, out Refusal read).IsNone);
        Assert.Equal(RefusalReason.Unknown, read.Reason);
        Assert.StartsWith("two lines ää", read.Text, StringComparison.Ordinal);
        Assert.InRange(body.Length, 200, Refusal.BytesMax);
        body[^1] = 0xC3;
        Assert.Equal(FrameProblemKind.Field, Refusal.TryRead(body, out _).Kind);
    }

    [Fact]
    public void WhoSuitsIsWelcome()
    {
        Greeting hello = FrameSamples.Hello;
        Assert.Equal(RefusalReason.None, HandshakeRules.Answer(s_self, FrameSamples.Cluster, hello).Reason);
        Greeting any = hello with { To = Peer.Of(new RankId(0), 0) };
        Assert.Equal(RefusalReason.None, HandshakeRules.Answer(s_self, FrameSamples.Cluster, any).Reason);
        Greeting welcome = hello with { From = s_self, To = hello.From };
        Assert.Equal(RefusalReason.None, HandshakeRules.Check(hello, welcome).Reason);
        Assert.Equal(RefusalReason.None, HandshakeRules.Check(any, welcome).Reason);
    }

    [Fact]
    public void WhoDoesNotSuitIsToldWhy()
    {
        Greeting hello = FrameSamples.Hello;
        Assert.Equal(RefusalReason.Version, Answer(hello with { VersionMin = 2, VersionMax = 3 }));
        Assert.Equal(RefusalReason.Cluster, Answer(hello with { Cluster = new ClusterId(1, 2) }));
        Assert.Equal(RefusalReason.Address, Answer(hello with { To = Peer.Of(new RankId(1), 9) }));
        Assert.Equal(RefusalReason.Incarnation, Answer(hello with { To = Peer.Of(new RankId(0), 10) }));

        Greeting welcome = hello with { From = s_self, To = hello.From };
        Assert.Equal(RefusalReason.Version, HandshakeRules.Check(hello, welcome with { VersionMin = 2, VersionMax = 2 }).Reason);
        Assert.Equal(RefusalReason.Cluster, HandshakeRules.Check(hello, welcome with { Cluster = default }).Reason);
        Assert.Equal(RefusalReason.Address, HandshakeRules.Check(hello, welcome with { To = s_self }).Reason);
        Assert.Equal(RefusalReason.Address, HandshakeRules.Check(hello, welcome with { From = hello.From }).Reason);
        Greeting later = welcome with { From = Peer.Of(new RankId(0), 10) };
        Assert.Equal(RefusalReason.Incarnation, HandshakeRules.Check(hello, later).Reason);
    }

    private static bool Accepts(FrameLimits limits, byte[] frame) => FrameHeader.TryRead(frame, limits, out _).IsNone;

    private static long Wrong(Greeting greeting)
    {
        FrameProblem problem = Greeting.TryRead(FrameKind.Hello, FrameSamples.Body(greeting), out _);
        Assert.Equal(FrameProblemKind.Field, problem.Kind);
        return problem.Value;
    }

    private static RefusalReason Answer(Greeting hello)
    {
        Refusal refusal = HandshakeRules.Answer(s_self, FrameSamples.Cluster, hello);
        Assert.NotEmpty(refusal.Text);
        return refusal.Reason;
    }
}
