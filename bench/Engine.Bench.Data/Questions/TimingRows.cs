namespace Engine.Bench.Data;

/// <summary>The rows of a question that was measured in turns.</summary>
internal static class TimingRows
{
    /// <summary>Each of the first <paramref name="ours"/> beside each of the others, then managed bytes; the pair in
    /// <paramref name="skip"/> has its row already.</summary>
    public static void Add(
        Report report, string question, Measurement[] results, int ours, (int Ours, int Peer)? skip = null)
    {
        for (int mine = 0; mine < ours; mine++)
        {
            for (int peer = ours; peer < results.Length; peer++)
            {
                if (skip is { } pair && pair == (mine, peer))
                    continue;
                report.Add(new Figure(
                    $"{question}: {results[mine].Name}",
                    results[mine].Median,
                    "ns",
                    results[peer].Name,
                    results[peer].Median,
                    results[mine].RatioTo(results[peer])));
            }
        }

        for (int mine = 0; mine < ours; mine++)
        {
            double bytes = Math.Round(results[mine].BytesPerOperation, 2);
            report.Add(new Figure($"{question}: {results[mine].Name}{Goal.ManagedBytes}", bytes, "B"));
        }

        IEnumerable<string> tails = results.Select(result => $"{result.Name} {result.High:0}");
        report.Note("99 % of batches, ns per operation: " + string.Join(", ", tails));
        IEnumerable<string> peers = results.Skip(ours).Select(result => $"{result.Name} {result.BytesPerOperation:0.##}");
        report.Note("managed bytes per operation of the peers: " + string.Join(", ", peers));
    }
}
