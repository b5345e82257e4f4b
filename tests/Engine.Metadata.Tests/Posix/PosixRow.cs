using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

using Credential = Engine.Testing.Namespace.Credential;

// Purpose: the rows of the table, read from Rows/*.rows.
// Grammar: a row begins with "== TITLE :: CITATION"; the lines below, up to the next row, are a script (StepText, Expectation),
// run in an empty namespace whose root everybody may write to. A step without "->" has to succeed. Lines that begin with # and
// empty lines are nothing. "me" stands for root in one run of the row and for alice in another; "=me" for that user's ids.

/// <summary>A row: what is done to an empty namespace and what has to come of it.</summary>
/// <param name="Name">File, title and credential.</param>
/// <param name="Citation">The page that says so.</param>
/// <param name="Lines">The script.</param>
public sealed record PosixRow(string Name, string Citation, IReadOnlyList<ScriptLine> Lines)
{
    private const string HeadMark = "== ";
    private const string CitationMark = " :: ";
    private const string Suffix = ".rows";

    /// <summary>All rows by name; a row for two credentials stands here twice.</summary>
    public static IReadOnlyDictionary<string, PosixRow> All { get; } = ReadAll();

    /// <summary>Rows as they are written.</summary>
    public static int WrittenCount { get; private set; }

    private static Dictionary<string, PosixRow> ReadAll()
    {
        var rows = new Dictionary<string, PosixRow>();
        foreach (string resource in typeof(PosixRow).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (!resource.EndsWith(Suffix, StringComparison.Ordinal))
                continue;
            using var reader = new StreamReader(typeof(PosixRow).Assembly.GetManifestResourceStream(resource)!);
            foreach (PosixRow row in Read(resource[..^Suffix.Length].Split('.')[^1], reader.ReadToEnd()))
                rows.Add(row.Name, row);
        }

        return rows;
    }

    private static IEnumerable<PosixRow> Read(string file, string text)
    {
        foreach (string part in ("\n" + text).Split("\n" + HeadMark)[1..])
        {
            string[] lines = part.Split('\n');
            string[] head = lines[0].Split(CitationMark);
            if (head.Length != 2)
                throw new FormatException($"a title and a citation expected: {lines[0]}");
            string[] script = [.. lines[1..].Where(line => line.Length > 0 && line[0] != '#')];
            WrittenCount++;
            bool isForTwo = script.Any(line => line.StartsWith("me ", StringComparison.Ordinal));
            foreach (Credential me in isForTwo ? [Credential.Root, Credential.Alice] : new[] { Credential.Root })
            {
                string name = $"{file}: {head[0]}" + (isForTwo ? $" ({me.Name})" : "");
                yield return new PosixRow(name, head[1], [.. script.Select(line => ScriptLine.Parse(As(me, line)))]);
            }
        }
    }

    private static string As(Credential me, string line)
    {
        IEnumerable<string> words = line.Split(' ').Select(word => word is "uid=me" or "gid=me" ? word[..4] + me.Name : word);
        string text = string.Join(' ', words);
        return text.StartsWith("me ", StringComparison.Ordinal) ? me.Name + text[2..] : text;
    }
}
