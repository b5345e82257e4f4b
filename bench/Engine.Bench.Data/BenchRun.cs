using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>One run: the questions asked, and the reports written at the end.</summary>
internal sealed class BenchRun
{
    private static readonly IQuestion[] s_questions =
    [
        new HitQuestion("hit-hot", "4 KiB read hit, hot set of 1 MiB", bytes: 1 << 20, isHot: true),
        new HitQuestion("hit-uniform", "4 KiB read hit, uniform over 256 MiB", bytes: 256 << 20, isHot: false),
        new WriteHotQuestion(),
        new WriteSteadyQuestion(),
        new DeviceQuestion(),
    ];

    public BenchRun(BenchArguments arguments)
    {
        Arguments = arguments;
        Root = FindRoot();
        Report = new Report(arguments.Command, "Figures of the data plane");
    }

    public BenchArguments Arguments { get; }

    public Report Report { get; }

    /// <summary>The checkout.</summary>
    public string Root { get; }

    /// <summary>Turns that each contender gets.</summary>
    public int Rounds => Arguments.Quick ? 5 : 40;

    /// <summary>Seed of everything random.</summary>
    public static ulong Seed => 20_26;

    public void Execute()
    {
        // On a disk of one's own the figures of memory would be the same.
        string only = Arguments.Only.Length == 0 && Arguments.Device is not null ? "device" : Arguments.Only;
        IQuestion[] asked = [.. s_questions.Where(question => question.Name.StartsWith(only, StringComparison.Ordinal))];
        if (asked.Length == 0)
        {
            string names = string.Join(", ", s_questions.Select(question => question.Name));
            throw new IOException($"no question is named \"{only}\"; there are {names}");
        }

        Console.WriteLine(Report.Machine);
        foreach (IQuestion question in asked)
        {
            Report.Begin(question.Name, question.Title);
            question.Ask(this);
            Report.End();
            GC.Collect();
        }

        Write(complete: Arguments.Only.Length == 0);
    }

    private void Write(bool complete)
    {
        string artifacts = Path.Combine(Root, "artifacts");
        Directory.CreateDirectory(artifacts);
        Report.WriteJson(Path.Combine(artifacts, "bench.json"));

        // What is kept with the sources is a whole run.
        string folder = complete && !Arguments.Quick ? Path.Combine(Root, "bench", "results") : artifacts;
        string name = Arguments.Device is null ? "data" : "data-device";
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
