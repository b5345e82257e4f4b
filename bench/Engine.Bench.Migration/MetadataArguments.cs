using System.Globalization;

namespace Engine.Bench.Migration;

/// <summary>The command line.</summary>
internal sealed record MetadataArguments
{
    public const string Help = """
        usage: ./build.sh bench metadata|migrate [--only NAME] [--runs N] [--tree DIR] [--quick]
               ./build.sh bench metadata|migrate --merge FILE...

          metadata        a rank and its memory: page-build, page-validate, page-adopt, page-index, page-memory, tree-memory,
                          tree-adopt, read, create, import, replay
          migrate         what goes from one rank to another: wire, move, load, beside, takeover; and steps of the simulator

          --only NAME     only the questions whose name begins so
          --runs N        asks everything N times; writes medians, and the range over the runs
          --tree DIR      the real tree that is imported (default /usr)
          --quick         short and rough, to see that everything runs; leaves bench/results alone
          --merge FILE... measures nothing: writes what --runs writes from the bench.json of runs of this machine
        """;

    private const int RunsMax = 100;

    private readonly List<string> _merge = [];

    /// <summary>What is asked.</summary>
    public BenchPlan Plan { get; private set; } = BenchPlan.Metadata;

    public string Only { get; private set; } = "";

    public int Runs { get; private set; } = 1;

    /// <summary>The real tree.</summary>
    public string Tree { get; private set; } = "/usr";

    public bool Quick { get; private set; }

    /// <summary>Turns that each contender gets.</summary>
    public int Rounds => Quick ? 5 : 40;

    /// <summary>Files of runs to merge; empty when there is something to measure.</summary>
    public IReadOnlyList<string> Merge => _merge;

    /// <summary>The command that gives this run again; of files their names, since where they lay does not matter.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Null when nothing is to run; then <paramref name="message"/> says why.</summary>
    public static MetadataArguments? Parse(string[] args, out string message)
    {
        var parsed = new MetadataArguments();
        message = "";
        if (args.Length > 0 && BenchPlan.Of(args[0]) is { } plan)
            (parsed.Plan, args) = (plan, args[1..]);
        for (int i = 0; i < args.Length && message.Length == 0;)
        {
            string option = args[i++];
            int most = option is "--only" or "--runs" or "--tree" ? 1 : option == "--merge" ? int.MaxValue : 0;
            int values = 0;
            while (values < most && i + values < args.Length && !args[i + values].StartsWith("--", StringComparison.Ordinal))
                values++;
            message = most > 0 && values == 0 ? $"bench: {option} needs a value" : parsed.Set(option, args[i..(i + values)]);
            i += values;
        }

        if (message.Length == 0 && parsed.Merge.Count == 1)
            message = "bench: --merge needs the files of two runs at least";
        string[] files = [.. parsed.Merge];
        IEnumerable<string> words = args.Select(arg => files.Contains(arg) ? Path.GetFileName(arg) : arg);
        parsed.Command = string.Join(' ', ["./build.sh", "bench", parsed.Plan.Name, .. words]);
        return message.Length == 0 ? parsed : null;
    }

    /// <summary>Takes an option; says what is wrong with it, or nothing.</summary>
    private string Set(string option, string[] values)
    {
        switch (option)
        {
            case "--only":
                Only = values[0];
                break;
            case "--tree":
                Tree = values[0];
                break;
            case "--runs":
                bool isNumber = int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out int runs);
                Runs = runs;
                return isNumber && runs is > 0 and <= RunsMax ? "" : $"bench: --runs takes a number from 1 to {RunsMax}";
            case "--merge":
                _merge.AddRange(values);
                break;
            case "--quick":
                Quick = true;
                break;
            default:
                return option is "-h" or "--help" ? Help : $"bench: cannot make sense of \"{option}\"\n{Help}";
        }

        return "";
    }
}
