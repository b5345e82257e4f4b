// The tree of engine mig: each verb asks the rank behind a control socket one thing (RankControl), and shows the JSON that comes
// back as lines and tables, or as it is.
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engine.Cli.Clusters;
using Spectre.Console;

namespace Engine.Cli.Commands;

/// <summary><c>engine mig</c>: what operators ask of a rank that runs. Source: migrator specification, 7.6.</summary>
internal static class MigrationCommands
{
    private const string KillHelp = "End the process (SIGKILL) once it is there, in a migration that begins after this. Export: "
        + "1 locked, 2 the importer was asked, 3 freezing, 4 frozen, 5 the importer is ready, 6 ranks with copies were warned, 7 "
        + "all before it is durable, 8 the region was sent, 9 the importer has it, 10 the word is written, 11 it is durable, 12 "
        + "all others know, 13 the importer was told, 14 pages went ahead. Import: 1 asked, 2 the directory is known, 3 the "
        + "bounds are, 4 ready, 5 the region came, 6 it is in memory, 7 it is durable, 8 the exporter was told, 9 the exporter "
        + "has decided, 10 it is being undone, 11 pages that went ahead are kept, 12 they are being written.";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Create(CliConsole console) =>
        new("mig", "Ask a running rank, by its control socket, what it has and does, and move subtrees.")
        {
            Verb(console, "status", "The rank, whom it waits for, the cluster map, and what is wrong with it and with others."),
            Verb(
                console, "subtrees", "The subtrees that the rank knows, and whose they are. An authority (1,?) is rank 1; (0,1) "
                    + "is rank 0 or rank 1: what goes there is not decided. A dirfrag is an inode's number, and the part of a "
                    + "directory that is divided; 0x1 is the root, 0x100 and what follows are the ranks' own directories. state "
                    + "says what of it is here (Auth, Complete, Dirty), and what goes on with it."),
            Verb(console, "sessions", "The clients that the rank has sessions with, and whom a rank that began anew waits for."),
            CreateSwitch(
                console, "check", "Check the rank against what must hold in it; the exit code is 1 when something does not.",
                "--at-rest", "Nothing is under way: check that nothing is held either"),
            CreateOps(console),
            Verb(
                console, "stop", "Have the rank give its subtrees to others, and end when it has none; not rank 0. It goes on by "
                    + "itself, as status shows: Stopping, then Stopped. engine rank serve --rank N brings rank N back."),
            Verb(console, "metrics", "What is measured of the rank, since it began."),
            Verb(
                console, "pin", "Have a directory, with all below it, be with a rank, and stay there.",
                static words => MigArguments.Pin(words[1]), Text("PATH", "Directory"), Text("RANK", "Number, or none")),
            Verb(console, "pins", "Directories of the rank's that are pinned, and what becomes of that."),
            new Command("export", "Give subtrees to other ranks, and see how that goes.")
            {
                CreateDir(console),
                Verb(
                    console, "cancel", "End an export that is not decided; what waits for its turn has no ID yet, and goes with "
                        + "export queue --clear.", static words => MigArguments.Migration(words[0]),
                    Text("ID", "As export list shows it")),
                CreateSwitch(console, "list", "What is under way.", "--history", "And the last 256"),
                Verb(
                    console, "show", "One migration and its phases.", static words => MigArguments.Migration(words[0]),
                    Text("ID", "As export list shows it")),
                CreateSwitch(console, "queue", "What waits for its turn.", "--clear", "Forget it"),
                Verb(console, "pause", "Begin no export until resume; what is under way goes on."),
                Verb(console, "resume", "Begin exports again."),
            },
            new Command("config", "Limits and deadlines of the rank's migrations, until it ends.")
            {
                CreateConfigGet(console),
                Verb(
                    console, "set", "Change one: for phases that begin after this.", ConfigAnswers.Check,
                    Text("NAME", "As config get shows it"), Text("VALUE", "A whole number, in the setting's unit")),
            },
            Verb(
                console, "thrash", "Have subtrees go anywhere all the time, for tests.",
                static words => MigArguments.Thrash(words[0]),
                Text("N", "Exports that begin at every tick, to 100; 0 for no more")),
            new Command("inject", "Make things fail, for tests.")
            {
                Verb(
                    console, "kill", KillHelp, static words => MigArguments.Point(words[0]),
                    Text("POINT", "Export1 to Export14, Import1 to Import12")),
            },
        };

    private static Argument<string> Socket() => new("SOCKET") { Description = "The rank's control socket: DIR/rank-N.control" };

    private static Option<bool> Json() => new("--json") { Description = "Write the answer as JSON" };

    private static Argument<string> Text(string name, string description) => new(name) { Description = description };

    private static Command Verb(CliConsole console, string name, string description, params Argument<string>[] arguments) =>
        Verb(console, name, description, static _ => { }, arguments);

    /// <summary>A verb, and what its arguments have to be, before anybody is asked.</summary>
    private static Command Verb(
        CliConsole console, string name, string description, Action<string[]> check, params Argument<string>[] arguments)
    {
        Argument<string> socket = Socket();
        Option<bool> json = Json();
        var command = new Command(name, description) { socket };
        foreach (Argument<string> argument in arguments)
            command.Add(argument);
        command.Add(json);
        command.SetAction(parsed =>
        {
            string[] words = [.. arguments.Select(argument => parsed.GetRequiredValue(argument))];
            check(words);
            return Ask(console, parsed.GetRequiredValue(socket), VerbOf(parsed), parsed.GetValue(json), words);
        });
        return command;
    }

    private static Command CreateSwitch(CliConsole console, string name, string description, string option, string meaning)
    {
        Argument<string> socket = Socket();
        Option<bool> json = Json();
        var also = new Option<bool>(option) { Description = meaning };
        var command = new Command(name, description) { socket, also, json };
        command.SetAction(parsed => Ask(
            console, parsed.GetRequiredValue(socket), VerbOf(parsed), parsed.GetValue(json),
            parsed.GetValue(also) ? [option] : []));
        return command;
    }

    private static Command CreateOps(CliConsole console)
    {
        Argument<string> socket = Socket();
        var slow = new Option<int>("--slow") { Description = "Only those that take as long already", HelpName = "MS" };
        var blocked = new Option<bool>("--blocked") { Description = "Only those that wait on a directory or an inode" };
        Option<bool> json = Json();
        var command = new Command("ops", "Requests under way, what each waits for, and the migration that holds it up.")
            { socket, slow, blocked, json };
        command.SetAction(parsed =>
        {
            string least = parsed.GetValue(slow).ToString(CultureInfo.InvariantCulture);
            MigArguments.Slow(least);
            JsonObject answer = ControlCall.Of(parsed.GetRequiredValue(socket), "ops", [least], console.Cancellation);
            if (parsed.GetValue(blocked))
                answer["operations"]!.AsArray().RemoveAll(static each => each!["at"] is null);
            Show(console, answer, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateConfigGet(CliConsole console)
    {
        Argument<string> socket = Socket();
        var name = new Argument<string?>("NAME") { Description = "One of them", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = Json();
        var command = new Command("get", "What they are, with their units, bounds and defaults.") { socket, name, json };
        command.SetAction(parsed =>
        {
            string[] words = parsed.GetValue(name) is { } one ? [one] : [];
            ConfigAnswers.Check(words);
            return Ask(console, parsed.GetRequiredValue(socket), VerbOf(parsed), parsed.GetValue(json), words);
        });
        return command;
    }

    private static Command CreateDir(CliConsole console)
    {
        Argument<string> socket = Socket();
        Argument<string> path = Text("PATH", "Directory");
        Argument<string> rank = Text("RANK", "Whereto");
        var waits = new Option<bool>("--wait") { Description = "Until it is over, in parts if it is large" };
        Option<bool> json = Json();
        var command = new Command("dir", "Give a directory and all below it to another rank.")
            { socket, path, rank, waits, json };
        command.SetAction(parsed =>
        {
            string place = parsed.GetRequiredValue(socket);
            string[] arguments = [parsed.GetRequiredValue(path), parsed.GetRequiredValue(rank)];
            MigArguments.Rank(arguments[1]);
            JsonObject answer = ControlCall.Of(place, "export dir", arguments, console.Cancellation);
            string id = (string)answer["id"]!;
            if (parsed.GetValue(waits) && id != "queued")
                answer = ControlCall.Of(place, "export wait", [id], console.Cancellation);
            bool isDone = (string?)answer["refusal"] is null or "None";
            Show(console, answer, parsed.GetValue(json));
            return (int)(isDone ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    private static string VerbOf(ParseResult parsed)
    {
        System.CommandLine.Parsing.CommandResult result = parsed.CommandResult;
        string name = result.Command.Name;
        return result.Parent is System.CommandLine.Parsing.CommandResult { Command.Name: not "mig" } above
            ? $"{above.Command.Name} {name}" : name;
    }

    private static int Ask(CliConsole console, string socket, string verb, bool isJson, string[] arguments)
    {
        JsonObject answer = ControlCall.Of(socket, verb, arguments, console.Cancellation);
        Show(console, answer, isJson);
        return (int)((bool?)answer["clean"] == false ? ExitCode.Failure : ExitCode.Ok);
    }

    private static void Show(CliConsole console, JsonObject answer, bool isJson)
    {
        answer = Plain(answer, isJson).AsObject();
        if (isJson)
        {
            console.Out.WriteLine(answer.ToJsonString(s_indented));
            return;
        }

        foreach ((string name, JsonNode? value) in answer)
        {
            if (value is not JsonArray and not null)
                console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name + ":",-16}{value}"));
        }

        foreach ((string name, JsonNode? value) in answer)
        {
            if (value is JsonArray rows)
                ShowTable(console, name, rows);
        }
    }

    /// <summary>As others are to read it: what was not refused has no refusal, and in JSON names are single words.</summary>
    private static JsonNode Plain(JsonNode node, bool isJson)
    {
        if (node is JsonArray rows)
            return new JsonArray([.. rows.Select(row => row is null ? null : Plain(row, isJson))]);
        if (node is not JsonObject members)
            return node.DeepClone();
        var plain = new JsonObject();
        foreach ((string name, JsonNode? value) in members)
        {
            bool isNothing = value is null || (name == "refusal" && (string?)value == "None");
            plain[isJson ? name.Replace(' ', '_') : name] = isNothing ? null : Plain(value!, isJson);
        }

        return plain;
    }

    private static void ShowTable(CliConsole console, string name, JsonArray rows)
    {
        if (rows.Count == 0)
        {
            console.Out.WriteLine($"{name + ":",-16}none");
            return;
        }

        var table = new Table();
        foreach ((string column, _) in rows[0]!.AsObject())
            table.AddColumn(column);
        foreach (JsonNode? row in rows)
            table.AddRow([.. row!.AsObject().Select(static cell => Markup.Escape(cell.Value?.ToString() ?? ""))]);
        console.Write(table);
    }
}
