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
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Create(CliConsole console) =>
        new("mig", "Ask a running rank, by its control socket, what it has and does, and move subtrees.")
        {
            Verb(console, "status", "The rank, the cluster map, and what is wrong."),
            Verb(console, "subtrees", "The subtrees that the rank knows, and whose they are."),
            Verb(console, "sessions", "The clients that the rank has sessions with, and whom a rank that began anew waits for."),
            CreateSwitch(
                console, "check", "Check the rank against what must hold in it; the exit code is 1 when something does not.",
                "--at-rest", "Nothing is under way: check that nothing is held either"),
            CreateOps(console),
            Verb(console, "stop", "Have the rank give its subtrees to others, and end when it has none; not rank 0."),
            Verb(console, "metrics", "What is measured of the rank, since it began."),
            Verb(
                console, "pin", "Have a directory, with all below it, be with a rank, and stay there.", Text("PATH", "Directory"),
                Text("RANK", "Number, or none")),
            Verb(console, "pins", "Directories of the rank's that are pinned, and what becomes of that."),
            new Command("export", "Give subtrees to other ranks, and see how that goes.")
            {
                CreateDir(console),
                Verb(console, "cancel", "End an export that is not decided.", Text("ID", "As export list shows it")),
                CreateSwitch(console, "list", "What is under way.", "--history", "And the last 256"),
                Verb(console, "show", "One migration and its phases.", Text("ID", "As export list shows it")),
                CreateSwitch(console, "queue", "What waits for its turn.", "--clear", "Forget it"),
                Verb(console, "pause", "Begin no export until resume; what is under way goes on."),
                Verb(console, "resume", "Begin exports again."),
            },
            new Command("config", "Limits and deadlines of the rank's migrations, until it ends.")
            {
                CreateConfigGet(console),
                Verb(
                    console, "set", "Change one: for phases that begin after this.", Text("NAME", "As config get shows it"),
                    Text("VALUE", "A whole number, in the setting's unit")),
            },
            Verb(
                console, "thrash", "Have subtrees go anywhere all the time, for tests.",
                Text("N", "Exports that begin at every tick, to 100; 0 for no more")),
            new Command("inject", "Make things fail, for tests.")
            {
                Verb(
                    console, "kill", "End the process (SIGKILL) once it is there.",
                    Text("POINT", "Export1 to Import10, and more")),
            },
        };

    private static Argument<string> Socket() => new("SOCKET") { Description = "The rank's control socket: DIR/rank-N.control" };

    private static Option<bool> Json() => new("--json") { Description = "Write the answer as JSON" };

    private static Argument<string> Text(string name, string description) => new(name) { Description = description };

    private static Command Verb(CliConsole console, string name, string description, params Argument<string>[] arguments)
    {
        Argument<string> socket = Socket();
        Option<bool> json = Json();
        var command = new Command(name, description) { socket };
        foreach (Argument<string> argument in arguments)
            command.Add(argument);
        command.Add(json);
        command.SetAction(parsed => Ask(
            console, parsed.GetRequiredValue(socket), VerbOf(parsed), parsed.GetValue(json),
            [.. arguments.Select(argument => parsed.GetRequiredValue(argument))]));
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
            JsonObject answer = ControlCall.Of(parsed.GetRequiredValue(socket), "ops", least);
            if (parsed.GetValue(blocked))
                answer["operations"]!.AsArray().RemoveAll(static each => each!["waits for"] is null);
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
        command.SetAction(parsed => Ask(
            console, parsed.GetRequiredValue(socket), VerbOf(parsed), parsed.GetValue(json),
            parsed.GetValue(name) is { } one ? [one] : []));
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
            JsonObject answer = ControlCall.Of(place, "export dir", arguments);
            string id = (string)answer["id"]!;
            if (parsed.GetValue(waits) && id != "queued")
                answer = ControlCall.Of(place, "export wait", [id]);
            Show(console, answer, parsed.GetValue(json));
            return (int)((string?)answer["refusal"] is null or "None" ? ExitCode.Ok : ExitCode.Failure);
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
        JsonObject answer = ControlCall.Of(socket, verb, arguments);
        Show(console, answer, isJson);
        return (int)((bool?)answer["clean"] == false ? ExitCode.Failure : ExitCode.Ok);
    }

    private static void Show(CliConsole console, JsonObject answer, bool isJson)
    {
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
