using System.Text.Json.Nodes;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>A question of an operator's to a rank, and the time that is left to answer it: who asks waits for 10 s.</summary>
/// <param name="host">The rank.</param>
internal sealed class RankQuestion(RankHost host)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(9);

    /// <summary>Other ranks may be asked for so long, as a client asks them, and have to be taken leave of.</summary>
    public static TimeSpan PatienceOfClients { get; } = TimeSpan.FromSeconds(5);

    private readonly long _until = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;

    /// <summary>What is left of the time.</summary>
    public TimeSpan Left => TimeSpan.FromMilliseconds(Math.Max(1, _until - Environment.TickCount64));

    /// <summary>Has the rank's thread answer.</summary>
    /// <exception cref="CliException">It is no rank, or its thread has no time for this.</exception>
    public JsonObject On(Func<Rank, JsonObject> question)
    {
        JsonObject? answer = null;
        CliException? refusal = null;
        var isThere = new ManualResetEventSlim();
        bool isRank = host.TryAsk(rank =>
        {
            try
            {
                answer = question(rank);
            }
            catch (CliException problem)
            {
                refusal = problem;
            }

            isThere.Set();
        });
        if (!isRank)
            throw new CliException(ExitCode.Failure, "this process stands by: it is no rank yet");
        if (!isThere.Wait(Left))
            throw new CliException(ExitCode.Environment, "the rank's thread does not answer; it is busy, or has ended");
        return refusal is null ? answer! : throw refusal;
    }
}
