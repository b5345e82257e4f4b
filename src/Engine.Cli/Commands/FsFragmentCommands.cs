using System.CommandLine;
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Metadata;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs frag split|merge</c>.</summary>
internal static class FsFragmentCommands
{
    private const int BitsMax = 8;
    private const int BitsDefault = 3;
    private const int FragmentsShown = 8;

    public static Command Create(CliConsole console) =>
        new("frag", "Divide a directory by hand; by itself it is split when it is large, and merged when it is small again.")
        {
            CreateSplit(console),
            CreateMerge(console),
        };

    private static Command CreateSplit(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path, Option<Frag> frag) =
            (FsCommands.DirArgument(), PathArgument(), FragOption());
        var bits = new Option<int>("--bits")
        {
            Description = $"Split into 2 to this power, 1 to {BitsMax} (default {BitsDefault})",
            DefaultValueFactory = _ => BitsDefault,
        };
        bits.Validators.Add(result =>
        {
            bool isNumber = result.Tokens.Count == 0
                || int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out _);
            if (!isNumber || result.GetValue(bits) is < 1 or > BitsMax)
                result.AddError($"--bits: allowed: 1 to {BitsMax}");
        });
        var command = new Command("split", "Split a fragment of a directory.") { dir, path, frag, bits };
        command.SetAction(parsed => Divide(
            console, parsed.GetRequiredValue(dir), parsed.GetRequiredValue(path), parsed.GetValue(frag), parsed.GetValue(bits)));
        return command;
    }

    private static Command CreateMerge(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path, Option<Frag> frag) =
            (FsCommands.DirArgument(), PathArgument(), FragOption());
        var command = new Command("merge", "Merge fragments of a directory into one.") { dir, path, frag };
        command.SetAction(parsed => Divide(
            console, parsed.GetRequiredValue(dir), parsed.GetRequiredValue(path), parsed.GetValue(frag), splitBits: 0));
        return command;
    }

    private static int Divide(CliConsole console, string dir, string path, Frag frag, int splitBits) =>
        FsCommands.Run(console, dir, session =>
        {
            string verb = splitBits > 0 ? "frag split" : "frag merge";
            ClientRequest request = FsTree.Ask(ClientOp.Fragment, FsPath.Parse(path));
            ClientReply reply = session.Client.Call(request with { Fragment = frag, SplitBits = splitBits });
            if (reply.Error == IoError.Invalid)
                throw new CliException(
                    ExitCode.Failure, $"{verb}: {path}: {Why(Encoding.ASCII.GetString(reply.Value.Span), frag, splitBits)}");
            reply.Must(session.Client, verb, request.Path);
            console.Out.WriteLine($"{path}: {Encoding.ASCII.GetString(reply.Value.Span)}");
        });

    /// <summary>Why a directory with these fragments cannot be divided so; none where it is one that never is.</summary>
    private static string Why(string fragments, Frag frag, int splitBits)
    {
        string[] all = fragments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (all.Length == 0)
            return "the root directory stays in one piece";
        string shown = string.Join(' ', all.Take(FragmentsShown)) + (all.Length > FragmentsShown ? " ..." : string.Empty);
        bool isOne = all.Contains(frag.ToString());
        return splitBits > 0
            ? isOne ? $"{frag} cannot be split into so many; give fewer --bits"
                : $"{frag} is none of its fragments, which are {shown}; name one of them with --frag"
            : isOne ? $"{frag} is one fragment already: there is nothing to merge"
                : $"{frag} does not cover fragments to merge; there are {shown}";
    }

    private static Argument<string> PathArgument() => new("PATH") { Description = "A directory of the namespace" };

    private static Option<Frag> FragOption() => new("--frag")
    {
        Description = "The part of the directory, as the first bits of its names' hashes and a star (default *, all of it)",
        HelpName = "BITS*",
        DefaultValueFactory = _ => Frag.Root,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!Frag.TryParse(text, out Frag frag))
                result.AddError($"--frag '{text}': allowed: up to 24 digits 0 or 1, then a star, for example 01*");
            return frag;
        },
    };
}
