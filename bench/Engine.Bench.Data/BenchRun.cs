using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>One call of the command: its runs, the questions that each asks, and the reports written at the end.</summary>
internal sealed class BenchRun
{
    public BenchRun(BenchArguments arguments)
    {
        Arguments = arguments;
        Root = FindRoot();
        Report = new Report(arguments.Command, arguments.Plan.Title);
    }

    public BenchArguments Arguments { get; }

    /// <summary>Of the run that goes on, and at the end of the whole.</summary>
    public Report Report { get; private set; }

    /// <summary>The checkout.</summary>
    public string Root { get; }

    /// <summary>Turns that each contender gets.</summary>
    public int Rounds => Arguments.Quick ? 5 : 40;

    /// <summary>Seed of everything random.</summary>
    public static ulong Seed => 20_26;

    private string Artifacts => Path.Combine(Root, "artifacts");

    public void Execute()
    {
        Directory.CreateDirectory(Artifacts);
        if (Arguments.Merge.Count > 0)
        {
            Merge([.. Arguments.Merge.Select(Report.ReadJson)]);
        }
        else if (Arguments.Runs == 1)
        {
            Ask();
        }
        else
        {
            List<IReadOnlyList<Figure>> runs = [];
            for (int run = 1; run <= Arguments.Runs; run++)
            {
                Console.WriteLine($"run {run} of {Arguments.Runs}");
                Report = new Report(Arguments.Command, Arguments.Plan.Title);
                Ask();
                Report.WriteJson(Path.Combine(Artifacts, $"bench-{run}.json"));
                runs.Add(Report.Figures);
            }

            Merge(runs);
        }

        Write(complete: Arguments.Only.Length == 0);
    }

    /// <summary>One run.</summary>
    private void Ask()
    {
        // On a disk of one's own the figures of memory would be the same.
        string only = Arguments.Only.Length == 0 && Arguments.Device is not null ? "device" : Arguments.Only;
        IReadOnlyList<IQuestion> all = Arguments.Plan.Questions;
        IQuestion[] asked = [.. all.Where(question => question.Name.StartsWith(only, StringComparison.Ordinal))];
        if (asked.Length == 0)
        {
            string names = string.Join(", ", all.Select(question => question.Name));
            throw new IOException($"no question is named \"{only}\"; there are {names}");
        }

        Console.WriteLine(Report.Machine);
        foreach (IQuestion question in asked)
        {
            Report.Begin(question.Name, question.Title, question.Method);
            question.Ask(this);
            Report.End();
            GC.Collect();
        }
    }

    private void Merge(IReadOnlyList<IReadOnlyList<Figure>> runs)
    {
        Report = new Report(Arguments.Command, Arguments.Plan.Title, runs.Count);
        IReadOnlyList<Figure> merged = RunMerger.Merge(runs);
        foreach (IQuestion question in Arguments.Plan.Questions)
        {
            string prefix = question.Name + ":";
            Figure[] figures = [.. merged.Where(figure => figure.Question.StartsWith(prefix, StringComparison.Ordinal))];
            if (figures.Length == 0)
                continue;
            Report.Begin(question.Name, question.Title, question.Method);
            foreach (Figure figure in figures)
                Report.AddMerged(figure);
            Report.End();
        }
    }

    private void Write(bool complete)
    {
        Report.WriteJson(Path.Combine(Artifacts, "bench.json"));

        // What is kept with the sources is a whole run.
        string folder = complete && !Arguments.Quick ? Path.Combine(Root, "bench", "results") : Artifacts;
        string name = Arguments.Plan.Name + (Arguments.Device is null ? "" : "-device");
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{name}-{date}.md");
        Report.WriteMarkdown(path);
        Console.WriteLine($"written: {Path.GetRelativePath(Root, path)}, artifacts/bench.json");
    }

    private static string FindRoot()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "Engine.sln")))
                return at;
        }

        return Directory.GetCurrentDirectory();
    }
}
