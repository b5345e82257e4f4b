using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Engine.Bench.Data;

/// <summary>Collects figures and notes; prints a table per question as it ends, and writes the files of the whole run.</summary>
internal sealed class Report(string command, string title)
{
    private static readonly JsonSerializerOptions s_json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private static readonly string[] s_heads = ["question", "value", "unit", "peer", "peer's", "ratio", "goal", "met"];

    private readonly List<Figure> _all = [];
    private readonly StringBuilder _markdown = new();
    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];

    /// <summary>Processor, memory, kernel, run-time.</summary>
    public string Machine { get; } = MachineLine.Read();

    public void Begin(string name, string title)
    {
        Console.WriteLine();
        Console.WriteLine($"{name}: {title}");
        _markdown.Append(CultureInfo.InvariantCulture, $"\n## {name}: {title}\n\n");
    }

    public void Add(Figure figure) => _figures.Add(figure);

    /// <summary>A line below the table; a skipped question's reason.</summary>
    public void Note(string line) => _notes.Add(line);

    /// <summary>Ends a question: its table and notes.</summary>
    public void End()
    {
        string[][] rows = [s_heads, .. _figures.Select(Row)];
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

    public void WriteJson(string path) => File.WriteAllText(path, JsonSerializer.Serialize(_all, s_json) + "\n");

    public void WriteMarkdown(string path)
    {
        string head = $"""
            # {title}

            Machine: {Machine}

            Command: `{command}`

            Contenders take turns within one run; a value is the median of its samples, a ratio (ours over the peer's) the median
            of the rounds' own ratios. Times of memory operations come in batches of 1000.

            """;
        File.WriteAllText(path, head + _markdown);
    }

    private static string[] Row(Figure figure) =>
    [
        figure.Question, Number(figure.Value), figure.Unit, figure.Peer ?? "", Number(figure.PeerValue), Number(figure.Ratio),
        figure.Goal ?? "", figure.Met is { } met ? (met ? "yes" : "NO") : "",
    ];

    private static string Number(double? value)
    {
        string format = Math.Abs(value ?? 0) switch { >= 100 => "0", >= 10 => "0.0", _ => "0.00" };
        return value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
    }

    private static void PrintTable(string[][] rows)
    {
        int[] widths = [.. s_heads.Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select(
                (cell, i) => i is 1 or 4 or 5 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            Console.WriteLine("  " + string.Join("  ", cells).TrimEnd());
        }
    }

    private void AppendTable(string[][] rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            _markdown.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", rows[i])} |\n");
            if (i == 0)
                _markdown.Append("|---|--:|---|---|--:|--:|---|---|\n");
        }

        _markdown.Append('\n');
    }
}
