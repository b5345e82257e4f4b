using Engine.Metadata;

namespace Engine.Cluster;

/// <content>Whoever waits for an answer, and for whom.</content>
public sealed partial class ClusterClient
{
    /// <summary>What is shorter is nobody's business, and what is usual is not to cost memory.</summary>
    private const long WaitShownMicros = 1_000_000;

    /// <summary>Whose answer is told just now; none where it is the client's own.</summary>
    private RankId _answering = RankId.None;

    private volatile ClientWait? _longest;

    /// <summary>The request that has been under way for longest; null while none is for more than a second. Any thread.</summary>
    public ClientWait? Longest => _longest;

    /// <summary>Asks, and waits for the answer. Any thread but the client's.</summary>
    public ClientReply Call(ClientRequest request) => Call(request, out _);

    /// <summary>The same.</summary>
    /// <param name="request">What.</param>
    /// <param name="server">Who has answered; none where nobody has.</param>
    public ClientReply Call(ClientRequest request, out RankId server)
    {
        RankId by = RankId.None;
        ClientReply? answer = null;
        using var isThere = new ManualResetEventSlim();
        Ask(request, (_, reply) =>
        {
            (answer, by) = (reply, _answering);
            isThere.Set();
        });
        isThere.Wait();
        server = by;
        return answer!;
    }

    private void Answered(ClusterLink link, ClientCall call, ClientReply reply)
    {
        _answering = link.Rank;
        End(call, reply);
        _answering = RankId.None;
    }

    private void NoteLongest(long now)
    {
        ClientCall? longest = null;
        foreach (ClientCall call in _calls.Values)
        {
            if (longest is null || call.DueMicros < longest.DueMicros)
                longest = call;
        }

        long micros = longest is null ? 0 : now - (longest.DueMicros - (long)_options.Patience.TotalMicroseconds);
        _longest = micros < WaitShownMicros ? null
            : new ClientWait(longest!.Link.Rank, _map[longest.Link.Rank].State, micros);
    }
}
