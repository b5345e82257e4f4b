namespace Engine.Bench.Data;

/// <summary>The command line.</summary>
internal sealed record BenchArguments
{
    public const string Help = """
        usage: ./build.sh bench [data] [--only NAME] [--quick] [--device PATH --destroy]

          --only NAME            only the questions whose name begins so: hit-hot, hit-uniform, write-hot, write-steady, device
          --quick                short and rough, to see that everything runs; leaves bench/results alone
          --device PATH          a real disk for the device question, in place of a loop device over memory
          --destroy              everything on that disk may be overwritten
        """;

    public string Only { get; private set; } = "";

    public bool Quick { get; private set; }

    public string? Device { get; private set; }

    public bool Destroy { get; private set; }

    /// <summary>The command that gives this run again.</summary>
    public string Command { get; private init; } = "";

    /// <summary>Null when nothing is to run; then <paramref name="message"/> says why.</summary>
    public static BenchArguments? Parse(string[] args, out string message)
    {
        var parsed = new BenchArguments { Command = string.Join(' ', ["./build.sh", "bench", .. args]) };
        message = "";
        for (int i = 0; i < args.Length && message.Length == 0; i++)
        {
            bool hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            if (args[i] == "data" && i == 0)
                continue;
            if (args[i] is "--only" or "--device" && !hasValue)
                message = $"bench: {args[i]} needs a value";
            else if (args[i] == "--only")
                parsed.Only = args[++i];
            else if (args[i] == "--device")
                parsed.Device = args[++i];
            else if (args[i] == "--quick")
                parsed.Quick = true;
            else if (args[i] == "--destroy")
                parsed.Destroy = true;
            else
                message = args[i] is "-h" or "--help" ? Help : $"bench: unknown argument \"{args[i]}\"\n{Help}";
        }

        if (message.Length == 0)
            message = parsed.Contradiction();
        return message.Length == 0 ? parsed : null;
    }

    private string Contradiction()
    {
        if (Device is not null && !Destroy)
            return $"bench: the figures need a volume of their own on {Device}; add --destroy if all it holds may be overwritten";
        return Device is null && Destroy ? "bench: --destroy belongs to --device PATH" : "";
    }
}
