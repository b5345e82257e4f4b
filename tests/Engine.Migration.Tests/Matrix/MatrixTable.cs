using System.Globalization;
using System.Text;

namespace Engine.Migration.Tests;

/// <summary>What came of the runs of the kill matrix, as text: whose the region was, E for the exporter, I for the importer.
/// </summary>
internal sealed class MatrixTable(MatrixResult[] done, ulong seeds)
{
    private static readonly string[] s_policies = ["both return", "exporter never", "importer never"];
    private static readonly string[] s_models = ["order", "delay", "reset", "resent"];

    /// <summary>Prints it, a line at a time.</summary>
    public void Print(Action<string> line)
    {
        line(string.Create(
            CultureInfo.InvariantCulture,
            $"kill matrix: {done.Length} runs, seeds 1 to {seeds}; E: the exporter has the region, I: the importer has it"));
        line("single points and places before effects (x@n: before effect n of x), by who returns and what becomes of messages:");
        line($"{"",-10}{string.Concat(s_policies.Select(policy => $"| {policy,-31}"))}");
        line($"{"",-10}{string.Concat(s_policies.Select(_ => "| " + string.Concat(s_models.Select(model => $"{model,-8}")))) }");
        foreach (IGrouping<string, MatrixResult> place in done.Where(each => !IsPair(each.Case))
            .GroupBy(each => each.Case.Place).OrderBy(each => OrderOf(each.First().Case)))
            line(RowOf(place));
        line("pairs, exporter's points down, importer's across; of all runs of the pair:");
        KillCase[] pairs = [.. done.Select(each => each.Case).Where(IsPair)];
        KillPoint[] across = [.. pairs.Select(each => each.Importer).Distinct().Order()];
        line($"{"",-10}{string.Concat(across.Select(point => $"{point,-10}"))}");
        foreach (KillPoint point in pairs.Select(each => each.Exporter).Distinct().Order())
            line($"{point,-10}{string.Concat(across.Select(other => $"{OfPair(point, other),-10}"))}");
    }

    private static bool IsPair(KillCase each) => each.Exporter != KillPoint.None && each.Importer != KillPoint.None;

    private static int OrderOf(KillCase each) =>
        each.Effect >= 0 ? 10_000 + ((each.Effect % 2) * 10_000) + each.Effect : (int)each.Exporter + (int)each.Importer;

    private static string RowOf(IGrouping<string, MatrixResult> place)
    {
        StringBuilder row = new($"{place.Key,-10}");
        foreach (RestartPolicy policy in Enum.GetValues<RestartPolicy>())
        {
            row.Append("| ");
            foreach (MessageModel model in Enum.GetValues<MessageModel>())
                row.Append($"{Letters(place.Where(each => each.Case.Policy == policy && each.Case.Model == model)),-8}");
        }

        return row.ToString().TrimEnd();
    }

    private string OfPair(KillPoint exporter, KillPoint importer) =>
        Letters(done.Where(each => each.Case.Exporter == exporter && each.Case.Importer == importer));

    /// <summary>One letter where all agree, else how many of each.</summary>
    private static string Letters(IEnumerable<MatrixResult> runs)
    {
        int[] counts = [runs.Count(each => !each.IsImporters), runs.Count(each => each.IsImporters)];
        return (counts[0], counts[1]) switch
        {
            (0, 0) => "-",
            (_, 0) => "E",
            (0, _) => "I",
            _ => string.Create(CultureInfo.InvariantCulture, $"{counts[0]}E{counts[1]}I"),
        };
    }
}
