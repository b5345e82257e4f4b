using System.Globalization;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>One call of the command: its runs, the questions that each asks, and the reports written at the end.</summary>
internal sealed class MetadataRun(MetadataArguments arguments)
{
    private Report _report = new(arguments.Command, arguments.Plan.Title);

    public void Execute()
    {
        string root = FindRoot();
        string artifacts = Path.Combine(root, "artifacts");
        Directory.CreateDirectory(artifacts);
        if (arguments.Merge.Count > 0)
        {
            Merge([.. arguments.Merge.Select(Report.ReadJson)]);
        }
        else if (arguments.Runs == 1)
        {
            Ask();
        }
        else
        {
            List<IReadOnlyList<Figure>> runs = [];
            for (int run = 1; run <= arguments.Runs; run++)
            {
                Console.WriteLine($"run {run} of {arguments.Runs}");
                _report = new Report(arguments.Command, arguments.Plan.Title);
                Ask();
                _report.WriteJson(Path.Combine(artifacts, $"bench-{run}.json"));
                runs.Add(_report.Figures);
            }

            Merge(runs);
        }

        Write(root, artifacts);
    }

    /// <summary>One run.</summary>
    private void Ask()
    {
        IMetadataQuestion[] asked =
            [.. arguments.Plan.Questions.Where(question => question.Name.StartsWith(arguments.Only, StringComparison.Ordinal))];
        if (asked.Length == 0)
        {
            string names = string.Join(", ", arguments.Plan.Questions.Select(question => question.Name));
            throw new IOException($"no question is named \"{arguments.Only}\"; there are {names}");
        }

        Console.WriteLine(_report.Machine);
        foreach (IMetadataQuestion question in asked)
        {
            _report.Begin(question.Name, question.Title);
            question.Ask(_report, arguments);
            _report.End();
            GC.Collect();
        }
    }

    private void Merge(IReadOnlyList<IReadOnlyList<Figure>> runs)
    {
        _report = new Report(arguments.Command, arguments.Plan.Title, runs.Count);
        IReadOnlyList<Figure> merged = RunMerger.Merge(runs);
        foreach (IMetadataQuestion question in arguments.Plan.Questions)
        {
            string prefix = question.Name + ":";
            Figure[] figures = [.. merged.Where(figure => figure.Question.StartsWith(prefix, StringComparison.Ordinal))];
            if (figures.Length == 0)
                continue;
            _report.Begin(question.Name, question.Title);
            foreach (Figure figure in figures)
                _report.AddMerged(figure);
            _report.End();
        }
    }

    private void Write(string root, string artifacts)
    {
        _report.WriteJson(Path.Combine(artifacts, "bench.json"));

        // What is kept with the sources is a whole run.
        string folder = arguments.Only.Length == 0 && !arguments.Quick ? Path.Combine(root, "bench", "results") : artifacts;
        Directory.CreateDirectory(folder);
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string path = Path.Combine(folder, $"{arguments.Plan.Name}-{date}.md");
        _report.WriteMarkdown(path);
        Console.WriteLine($"written: {Path.GetRelativePath(root, path)}, artifacts/bench.json");
    }

    internal static string FindRoot()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "Engine.sln")))
                return at;
        }

        return Directory.GetCurrentDirectory();
    }
}
