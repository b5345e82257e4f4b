namespace Engine.Bench.Data;

/// <summary>What is aimed at. All goals stand here, so that figures of several runs are judged as those of one are.</summary>
/// <param name="Text">The goal in words, as the tables have it.</param>
/// <param name="IsMet">Whether a figure of one run reaches it.</param>
internal sealed record Goal(string Text, Func<Figure, bool> IsMet)
{
    /// <summary>End of the names of figures that count managed bytes.</summary>
    public const string ManagedBytes = ", managed bytes per operation";

    /// <summary>fio's engine for a caller that blocks: beside the best that fio can do, it is information.</summary>
    public const string BlockingPeer = "fio pvsync2";

    /// <summary>The policy of eviction that hit ratios and their goals stand beside.</summary>
    public const string ReferencePolicy = "LRU alone";

    /// <summary>The faster of fio's asynchronous engines.</summary>
    public const string BestPeer = "fio, its faster engine";

    private const double HotNanosecondsMax = 150;
    private const double PageCacheTimesMin = 3.5;
    private const double RateMin = 0.9;
    private const double CpuMax = 1.1;

    private static readonly Goal s_nothing = new("none", figure => figure.Value == 0);
    private static readonly Goal s_hit = new($"at most {HotNanosecondsMax} ns", figure => figure.Value <= HotNanosecondsMax);
    private static readonly Goal s_pageCache =
        new($"{PageCacheTimesMin} times faster", figure => 1 / figure.Ratio >= PageCacheTimesMin);

    /// <summary>Least hit ratios on the recorded trace, in percent.</summary>
    private static readonly Dictionary<string, double> s_hitRatios = new()
    {
        ["trace: 5 % of the footprint, S3-FIFO alone"] = 13.5,
        ["trace: 10 % of the footprint, S3-FIFO alone"] = 18.9,
        ["trace: 25 % of the footprint, S3-FIFO alone"] = 30.1,
    };

    private static readonly Goal s_rate = new($"at least {RateMin}", figure => figure.Ratio >= RateMin);
    private static readonly Goal s_cpu = new($"at most {CpuMax}", figure => figure.Ratio <= CpuMax);

    /// <summary>The figure's goal; null when it has none.</summary>
    public static Goal? Of(Figure figure)
    {
        if (figure.Question.EndsWith(ManagedBytes, StringComparison.Ordinal))
            return s_nothing;
        if (figure.Question == "hit-hot: Volume.Read")
            return figure.Peer is null ? s_hit : figure.Peer == "RandomAccess.Read, page cache" ? s_pageCache : null;
        if (s_hitRatios.TryGetValue(figure.Question, out double least))
            return HitRatio(figure, least);
        if (!IsBestPeer(figure))
            return null;
        return figure.Unit == "kIOPS" ? s_rate : figure.Question.EndsWith(", CPU", StringComparison.Ordinal) ? s_cpu : null;
    }

    /// <summary>One row of those that have the figure is judged.</summary>
    private static Goal? HitRatio(Figure figure, double least) => figure.Peer != ReferencePolicy
        ? null
        : new Goal(FormattableString.Invariant($"at least {least} %"), judged => judged.Value >= least);

    /// <summary>Is the peer one of fio's asynchronous engines?</summary>
    public static bool IsBestPeer(Figure figure) =>
        figure.Peer is { } peer && peer.StartsWith("fio", StringComparison.Ordinal) && peer != BlockingPeer;
}
