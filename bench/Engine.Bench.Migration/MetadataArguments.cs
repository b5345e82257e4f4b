namespace Engine.Bench.Migration;

/// <summary>The command line.</summary>
internal sealed record MetadataArguments
{
    public const string Help = """
        usage: ./build.sh bench metadata [--only NAME] [--quick]

          --only NAME   only the questions whose name begins so: page-build, page-validate, page-adopt, page-index, page-memory
          --quick       short and rough, to see that everything runs; leaves bench/results alone
        """;

    public string Only { get; private set; } = "";

    public bool Quick { get; private set; }

    /// <summary>The command that gives this run again.</summary>
    public string Command { get; private init; } = "";

    /// <summary>Null when nothing is to run; then <paramref name="message"/> says why.</summary>
    public static MetadataArguments? Parse(string[] args, out string message)
    {
        var parsed = new MetadataArguments { Command = string.Join(' ', ["./build.sh", "bench", "metadata", .. args]) };
        message = "";
        for (int i = 0; i < args.Length && message.Length == 0; i++)
        {
            if (args[i] == "--only" && i + 1 < args.Length)
                parsed.Only = args[++i];
            else if (args[i] == "--quick")
                parsed.Quick = true;
            else
                message = args[i] is "-h" or "--help" ? Help : $"bench: cannot make sense of \"{args[i]}\"\n{Help}";
        }

        return message.Length == 0 ? parsed : null;
    }
}
