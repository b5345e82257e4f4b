using System.Globalization;
using System.Text;

namespace Engine.Testing.Namespace;

/// <summary>Two namespaces came to different results.</summary>
/// <param name="Steps">What was done, up to the step that showed it.</param>
/// <param name="Results">What the reference said to each step.</param>
/// <param name="Path">The path at which the trees differ; null when it was the last step's own result.</param>
/// <param name="Expected">What the reference has or said.</param>
/// <param name="Actual">What the other one has or said.</param>
public sealed record Divergence(
    IReadOnlyList<Step> Steps, IReadOnlyList<string> Results, string? Path, string Expected, string Actual)
{
    /// <summary>The steps as a row of the table: what the reference says is expected, and checked at the end where the trees
    /// differ.</summary>
    public string ToScript()
    {
        var script = new StringBuilder();
        for (int i = 0; i < Steps.Count; i++)
        {
            bool isError = Results[i] != "OK" && Errno.TryParse(Results[i], out _);
            string? says = isError ? Results[i] : i == Steps.Count - 1 && Path is null ? OfSuccess(Steps[i], Results[i]) : null;
            script.Append(ScriptLine.Format(Steps[i], says)).Append('\n');
        }

        if (Path is not null)
            script.Append($"root lstat {Path} -> ").Append(ForStat(Expected)).Append('\n');
        return script.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{ToScript()}# {Path ?? "the last step"}: expected {Expected}\n# but was {Actual}\n";

    private string OfSuccess(Step step, string result) => step.Kind switch
    {
        StepKind.Stat or StepKind.StatHandle => ForStat(result),
        StepKind.ReadLink => "target=" + result,
        StepKind.GetXattr => "value=" + result,
        StepKind.ReadDirectory or StepKind.ListXattr => "names=" + (result.Length == 0 ? "''" : result),
        _ => "OK",
    };

    // What is no attribute of stat (targets, extended attributes) cannot stand in the row; times can, as recent or not.
    private string ForStat(string line) =>
        line == "absent" ? "ENOENT" : string.Join(' ', line.Split(' ').TakeWhile(IsOfStat).Select(Recent));

    private string Recent(string word)
    {
        if (!word.Contains("=tick", StringComparison.Ordinal))
            return word;
        int lastTick = 1 + Steps.Count(step => step.Kind == StepKind.Tick);
        string[] parts = word.Split("=tick");
        return parts[0] + (parts[1] == lastTick.ToString(CultureInfo.InvariantCulture) ? "+" : "-");
    }

    private static bool IsOfStat(string word) =>
        word.Split('=')[0] is "type" or "mode" or "nlink" or "uid" or "gid" or "size" or "atime" or "mtime" or "ctime";
}
