// The figures of a run, or of several runs merged: a table per question on the console as it ends, and at the end the whole as
// JSON and as a document.
//
// A figure of one run is judged when it is added; a merged one was judged run by run and comes with its range.

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Engine.Bench.Data;

/// <summary>Collects figures and notes; prints a table per question as it ends, and writes the files of the whole.</summary>
/// <param name="command">The command that gives the figures again.</param>
/// <param name="title">Headline of the document.</param>
/// <param name="runs">Runs whose medians the figures are; 1 for those of one run.</param>
internal sealed class Report(string command, string title, int runs = 1)
{
    private static readonly JsonSerializerOptions s_json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private static readonly (string Head, bool IsNumber)[] s_columns =
    [
        ("question", false), ("value", true), ("unit", false), ("peer", false), ("peer's", true), ("ratio", true),
        ("range", false), ("goal", false), ("met", false),
    ];

    private readonly List<Figure> _all = [];
    private readonly StringBuilder _markdown = new();
    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];

    /// <summary>Processor, memory, kernel, run-time; of one run, the load at its start too.</summary>
    public string Machine { get; } =
        runs > 1 ? MachineLine.Read() : $"{MachineLine.Read()}, {MachineLine.Load()} at the start";

    /// <summary>What has been reported.</summary>
    public IReadOnlyList<Figure> Figures => _all;

    /// <summary>Begins a question; <paramref name="method"/> says how it is measured, where that needs saying.</summary>
    public void Begin(string name, string title, string? method = null)
    {
        Console.WriteLine();
        Console.WriteLine($"{name}: {title}");
        _markdown.Append(CultureInfo.InvariantCulture, $"\n## {name}: {title}\n\n");
        if (method is not null)
            Note(method);
    }

    /// <summary>Adds a figure of one run, which is judged here unless it comes with its goal.</summary>
    public void Add(Figure figure) => _figures.Add(figure.Judged());

    /// <summary>Adds a figure of several runs as it is.</summary>
    public void AddMerged(Figure figure) => _figures.Add(figure);

    /// <summary>A line below the table; a skipped question's reason.</summary>
    public void Note(string line) => _notes.Add(line);

    /// <summary>Ends a question: its table and notes.</summary>
    public void End()
    {
        string[][] rows = [[.. s_columns.Select(column => column.Head)], .. _figures.Select(Row)];
        if (rows.Length > 1)
        {
            PrintTable(rows);
            AppendTable(rows);
        }

        foreach (string note in _notes)
        {
            Console.WriteLine("  " + note);
            _markdown.Append(CultureInfo.InvariantCulture, $"{note}\n\n");
        }

        _all.AddRange(_figures);
        _figures.Clear();
        _notes.Clear();
    }

    /// <summary>The figures that <see cref="WriteJson"/> wrote.</summary>
    /// <exception cref="IOException">The file is not such a one.</exception>
    public static IReadOnlyList<Figure> ReadJson(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(path), s_json)
                ?? throw new IOException($"{path} holds no figures");
        }
        catch (JsonException failure)
        {
            throw new IOException($"{path} is not the bench.json of a run: {failure.Message}", failure);
        }
    }

    public void WriteJson(string path) => File.WriteAllText(path, JsonSerializer.Serialize(_all, s_json) + "\n");

    public void WriteMarkdown(string path)
    {
        string severalRuns = runs == 1
            ? ""
            : $"""

            Value, peer's value and ratio are each the median of {runs} runs; beside them stands the range over the runs, of the
            ratio, or of the value where there is no peer. A goal that some runs met and others missed is "unclear".

            """;
        string head = $"""
            # {title}

            Machine: {Machine}

            Command: `{command}`

            Contenders take turns within one run; a value is the median of its samples, a ratio (ours over the peer's) the median
            of the rounds' own ratios, which is not the quotient of the two values. Times of memory operations come in batches
            of 1000.

            """;
        File.WriteAllText(path, (head + severalRuns + _markdown).TrimEnd('\n') + "\n");
    }

    private string[] Row(Figure figure) =>
    [
        figure.Question, Number(figure.Value), figure.Unit, figure.Peer ?? "", Number(figure.PeerValue), Number(figure.Ratio),
        Range(Number(figure.Low), Number(figure.High)), figure.Goal ?? "", figure.Goal is null ? "" : Verdict(figure.Met),
    ];

    private static string Verdict(bool? met) => met is { } known ? (known ? "yes" : "NO") : "unclear";

    private static string Range(string low, string high) => low == high ? low : $"{low} to {high}";

    private static string Number(double? value)
    {
        string format = Math.Abs(value ?? 0) switch { >= 100 => "0", >= 10 => "0.0", _ => "0.00" };
        return value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>A single run has no range.</summary>
    private IEnumerable<int> Columns() =>
        Enumerable.Range(0, s_columns.Length).Where(i => runs > 1 || s_columns[i].Head != "range");

    private void PrintTable(string[][] rows)
    {
        int[] widths = [.. s_columns.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = Columns().Select(
                i => s_columns[i].IsNumber ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i]));
            Console.WriteLine("  " + string.Join("  ", cells).TrimEnd());
        }
    }

    private void AppendTable(string[][] rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            string cells = string.Join(" | ", Columns().Select(column => rows[i][column]));
            _markdown.Append(CultureInfo.InvariantCulture, $"| {cells} |\n");
            if (i > 0)
                continue;
            string rule = string.Join('|', Columns().Select(column => s_columns[column].IsNumber ? "--:" : "---"));
            _markdown.Append(CultureInfo.InvariantCulture, $"|{rule}|\n");
        }

        _markdown.Append('\n');
    }
}
