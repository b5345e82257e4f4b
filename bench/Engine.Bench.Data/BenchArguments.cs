using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>The command line.</summary>
internal sealed record BenchArguments
{
    public const string Help = """
        usage: ./build.sh bench [data | cache] [--only NAME] [--runs N] [--quick] [--device PATH --destroy]
               ./build.sh bench [data | cache] --merge FILE...

          data                   a volume and its device: hit-hot, hit-uniform, write-hot, write-steady, device
          cache                  the cache beside one as the original is built (seed), what a second thread is worth (threads),
                                 and hit ratios on the recorded trace that ENGINE_TRACE names (trace)

          --only NAME            only the questions whose name begins so
          --runs N               asks everything N times; writes medians, and the range of the ratios over the runs
          --quick                short and rough, to see that everything runs; leaves bench/results alone
          --device PATH          a real disk for the device question, in place of a loop device over memory
          --destroy              everything on that disk may be overwritten
          --merge FILE...        measures nothing: writes what --runs writes from the bench.json of runs of this machine
        """;

    private const int RunsMax = 100;

    private readonly List<string> _merge = [];

    public DataPlan Plan { get; private set; } = DataPlan.Data;

    public string Only { get; private set; } = "";

    public int Runs { get; private set; } = 1;

    public bool Quick { get; private set; }

    public string? Device { get; private set; }

    public bool Destroy { get; private set; }

    /// <summary>Files of runs to merge; empty when there is something to measure.</summary>
    public IReadOnlyList<string> Merge => _merge;

    /// <summary>The command that gives this run again; of files their names, since where they lay does not matter.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Null when nothing is to run; then <paramref name="message"/> says why.</summary>
    public static BenchArguments? Parse(string[] args, out string message)
    {
        var parsed = new BenchArguments();
        message = "";
        DataPlan? named = args.Length > 0 ? DataPlan.Of(args[0]) : null;
        parsed.Plan = named ?? parsed.Plan;
        for (int i = named is null ? 0 : 1; i < args.Length && message.Length == 0;)
        {
            string option = args[i++];
            int values = 0;
            while (i + values < args.Length && !args[i + values].StartsWith("--", StringComparison.Ordinal))
                values++;
            int most = option is "--only" or "--runs" or "--device" ? 1 : option == "--merge" ? int.MaxValue : 0;
            if (most > 0 && values == 0)
                message = $"bench: {option} needs a value";
            values = Math.Min(values, most);
            if (message.Length == 0)
                message = parsed.Set(option, args[i..(i + values)]);
            i += values;
        }

        if (message.Length == 0)
            message = parsed.Contradiction();
        string[] files = [.. parsed.Merge];
        parsed.Command = string.Join(
            ' ', ["./build.sh", "bench", .. args.Select(arg => files.Contains(arg) ? Path.GetFileName(arg) : arg)]);
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
            case "--device":
                Device = values[0];
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
            case "--destroy":
                Destroy = true;
                break;
            default:
                return option is "-h" or "--help" ? Help : $"bench: unknown argument \"{option}\"\n{Help}";
        }

        return "";
    }

    private string Contradiction()
    {
        if (Merge.Count == 1)
            return "bench: --merge needs the files of two runs at least";
        if (Merge.Count > 0 && (Only.Length > 0 || Runs > 1 || Device is not null))
            return "bench: --merge measures nothing, so that --only, --runs and --device do not go with it";
        if (Device is not null && Plan != DataPlan.Data)
            return "bench: --device belongs to the questions of data";
        if (Device is not null && !Destroy)
            return $"bench: the figures need a volume of their own on {Device}; add --destroy if all it holds may be overwritten";
        return Device is null && Destroy ? "bench: --destroy belongs to --device PATH" : "";
    }
}
