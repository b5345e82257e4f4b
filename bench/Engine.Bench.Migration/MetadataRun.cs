using System.Globalization;
using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>One run: the questions asked, and the reports written at the end.</summary>
internal sealed class MetadataRun(MetadataArguments arguments)
{
    private static readonly IMetadataQuestion[] s_questions =
    [
        new PageBuildQuestion(),
        new PageValidateQuestion(),
        new PageAdoptQuestion(),
        new PageIndexQuestion(),
        new PageMemoryQuestion(),
    ];

    private readonly Report _report = new(arguments.Command, "Figures of the metadata plane");

    public void Execute()
    {
        IMetadataQuestion[] asked =
            [.. s_questions.Where(question => question.Name.StartsWith(arguments.Only, StringComparison.Ordinal))];
        if (asked.Length == 0)
        {
            string names = string.Join(", ", s_questions.Select(question => question.Name));
            throw new IOException($"no question is named \"{arguments.Only}\"; there are {names}");
        }

        Console.WriteLine(_report.Machine);
        foreach (IMetadataQuestion question in asked)
        {
            _report.Begin(question.Name, question.Title);
            question.Ask(_report, arguments.Quick ? 5 : 40);
            _report.End();
            GC.Collect();
        }

        Write(isKept: arguments.Only.Length == 0 && !arguments.Quick);
    }

    private void Write(bool isKept)
    {
        string root = FindRoot();
        string artifacts = Path.Combine(root, "artifacts");
        Directory.CreateDirectory(artifacts);
        _report.WriteJson(Path.Combine(artifacts, "bench.json"));
        string folder = isKept ? Path.Combine(root, "bench", "results") : artifacts;
        Directory.CreateDirectory(folder);
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string path = Path.Combine(folder, $"metadata-{date}.md");
        _report.WriteMarkdown(path);
        Console.WriteLine($"written: {Path.GetRelativePath(root, path)}, artifacts/bench.json");
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
