using System.Globalization;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>The rows of a question that was measured in turns.</summary>
internal static class Rows
{
    /// <summary>The first beside each of the others, then the managed bytes of each.</summary>
    /// <param name="report">Takes the rows.</param>
    /// <param name="question">Its name.</param>
    /// <param name="results">Ours first.</param>
    /// <param name="timesFasterMin">Goal beside the first peer; 0 for none.</param>
    /// <param name="millionsMin">Goal in millions of inodes a second; 0 for none.</param>
    public static void Add(
        Report report, string question, Measurement[] results, double timesFasterMin = 0, double millionsMin = 0)
    {
        Measurement ours = results[0];
        for (int peer = 1; peer < results.Length; peer++)
        {
            double ratio = ours.RatioTo(results[peer]);
            bool hasGoal = timesFasterMin > 0 && peer == 1;
            report.Add(new Figure(
                $"{question}: {ours.Name}, per inode", ours.Median, "ns", results[peer].Name, results[peer].Median, ratio,
                hasGoal ? string.Create(CultureInfo.InvariantCulture, $"{timesFasterMin} times faster") : null,
                hasGoal ? 1 / ratio >= timesFasterMin : null));
        }

        double millions = 1000 / ours.Median;
        report.Add(new Figure(
            $"{question}: {ours.Name}", millions, "M inodes/s",
            Goal: millionsMin > 0 ? string.Create(CultureInfo.InvariantCulture, $"at least {millionsMin}") : null,
            Met: millionsMin > 0 ? millions >= millionsMin : null));
        IEnumerable<string> bytes = results.Select(result =>
            string.Create(CultureInfo.InvariantCulture, $"{result.Name} {result.BytesPerOperation:0.#}"));
        report.Note("managed bytes per inode: " + string.Join(", ", bytes));
    }
}
