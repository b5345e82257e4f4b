using System.Globalization;
using Engine.Testing.SystemSupport;

namespace Engine.System.Tests;

/// <summary>What the log of <c>engine fs churn</c> allows one of its directories to hold.</summary>
internal sealed class ChurnLane(string path)
{
    private readonly Dictionary<string, Item> _names = new(StringComparer.Ordinal);
    private string? _pending;

    /// <summary>The directory.</summary>
    public string Path { get; } = path;

    /// <summary>Changes acknowledged as safe.</summary>
    public int SafeCount { get; private set; }

    /// <summary>Reads the lanes of a log; a last line without an end was not written whole and counts for nothing.</summary>
    public static IReadOnlyCollection<ChurnLane> Read(string log)
    {
        SortedDictionary<int, ChurnLane> lanes = [];
        string text = File.ReadAllText(log);
        foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', 3);
            int index = int.Parse(words[1], CultureInfo.InvariantCulture);
            if (words[0] == "L")
                lanes.Add(index, new ChurnLane(words[2]));
            else if (words[0] == "B")
                lanes[index].Begin(words[2]);
            else
                lanes[index].Settle();
        }

        return lanes.Values;
    }

    /// <summary>Every lane is in a state that its log allows; from now on in just that state.</summary>
    public static void JudgeAll(string store, IEnumerable<ChurnLane> lanes, string when)
    {
        ToolRun dump = EngineCommandLine.Run("fs", "dump", store);
        Assert.True(dump.Succeeded, $"{when}: {dump.All}");
        ILookup<string, string> found = dump.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(ParseDump).Where(item => item.Lane.Length > 0).ToLookup(item => item.Lane, item => item.Text);
        foreach (ChurnLane lane in lanes)
        {
            string[] there = [.. found[lane.Path].Order(StringComparer.Ordinal)];
            Assert.True(lane.TrySettle(there), $"{when}: {lane.Path} holds {string.Join(", ", there)}; {lane}");
        }
    }

    /// <summary>A line of <c>engine fs dump</c>: the lane it lies in, and "name type links size"; an empty lane for what lies in
    /// none.</summary>
    private static (string Lane, string Text) ParseDump(string line)
    {
        string[] words = line.Split(' ', 8);
        if (words.Length < 8)
            return (string.Empty, string.Empty);
        int slash = words[7].LastIndexOf('/');
        string size = words[0] == "directory" ? "0" : words[4];
        string links = words[0] == "directory" ? "2" : words[2];
        return (words[7][..slash], $"{words[7][(slash + 1)..]} {words[0]} {links} {size}");
    }

    /// <summary>Is this what the directory may hold? Then whether the change under way was made is known from now on.</summary>
    public bool TrySettle(string[] there)
    {
        if (!Expected().SequenceEqual(there))
        {
            if (_pending is null)
                return false;
            Apply(_pending);
            if (!Expected().SequenceEqual(there))
                return false;
        }

        _pending = null;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"expected {string.Join(", ", Expected())}, under way {_pending ?? "nothing"}";

    private void Begin(string change) => _pending = change;

    private void Settle()
    {
        Apply(_pending!);
        _pending = null;
        SafeCount++;
    }

    private IEnumerable<string> Expected() => _names
        .Select(pair => string.Create(
            CultureInfo.InvariantCulture,
            $"{pair.Key} {(pair.Value.IsDirectory ? "directory" : "file")} {pair.Value.Links} {pair.Value.Size}"))
        .Order(StringComparer.Ordinal);

    private void Apply(string change)
    {
        string[] words = change.Split(' ');
        switch (words[0])
        {
            case "mkdir":
                _names.Add(words[1], new Item { IsDirectory = true, Links = 2 });
                break;
            case "create":
                _names.Add(words[1], new Item { Links = 1, Size = long.Parse(words[2], CultureInfo.InvariantCulture) });
                break;
            case "rename":
                _names.Remove(words[1], out Item? moved);
                _names.Add(words[2], moved!);
                break;
            case "link":
                _names[words[1]].Links++;
                _names.Add(words[2], _names[words[1]]);
                break;
            case "size":
                _names[words[1]].Size = long.Parse(words[2], CultureInfo.InvariantCulture);
                break;
            default:
                _names.Remove(words[1], out Item? gone);
                gone!.Links--;
                break;
        }
    }

    private sealed class Item
    {
        public bool IsDirectory { get; init; }

        public int Links { get; set; }

        public long Size { get; set; }
    }
}
