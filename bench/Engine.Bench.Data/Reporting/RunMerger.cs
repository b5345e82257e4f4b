namespace Engine.Bench.Data;

/// <summary>Makes one table of several runs' tables.</summary>
internal static class RunMerger
{
    /// <summary>Medians of values and of ratios, each with its range; a goal that some runs met and others missed is neither.
    /// fio's asynchronous engines are one peer: the one that was faster in a run stands for it there.</summary>
    public static IReadOnlyList<Figure> Merge(IReadOnlyList<IReadOnlyList<Figure>> runs) =>
        [.. runs.SelectMany(run => run).Select(AsOnePeer)
            .GroupBy(figure => (figure.Question, figure.Unit, figure.Peer))
            .Select(group => Merge([.. group]))];

    private static Figure AsOnePeer(Figure figure) =>
        Goal.IsBestPeer(figure) ? figure with { Peer = Goal.BestPeer } : figure;

    private static Figure Merge(Figure[] figures)
    {
        Figure first = figures[0].Judged();
        int met = figures.Count(figure => figure.Judged().Met == true);
        double[] spread = [.. figures.Select(figure => figure.Ratio ?? figure.Value)];
        return first with
        {
            Value = Medians.Of([.. figures.Select(figure => figure.Value)]),
            PeerValue = first.PeerValue is null ? null : Medians.Of([.. figures.Select(figure => figure.PeerValue ?? 0)]),
            Ratio = first.Ratio is null ? null : Medians.Of(spread),
            Low = spread.Min(),
            High = spread.Max(),
            Met = first.Goal is null || (met > 0 && met < figures.Length) ? null : met > 0,
        };
    }
}
