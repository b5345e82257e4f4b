using System.CommandLine;
using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs xattr get|set|list|rm</c>.</summary>
internal static class FsXattrCommands
{
    private const string PinName = "dir.pin";

    public static Command Create(CliConsole console) =>
        new("xattr", "Extended attributes: user.* of files and directories, and dir.pin, the rank that a directory is kept at.")
        {
            CreateGet(console),
            CreateSet(console),
            CreateList(console),
            CreateRemove(console),
        };

    private static Argument<string> PathArgument() => new("PATH") { Description = "Path in the namespace" };

    private static Argument<string> NameArgument() =>
        new("NAME") { Description = "Name of the attribute, for example user.colour" };

    private static Command CreateGet(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path, Argument<string> name) =
            (FsCommands.DirArgument(), PathArgument(), NameArgument());
        var command = new Command("get", "Show an attribute's value: text, or 0x and hexadecimal digits.") { dir, path, name };
        command.SetAction(parsed => FsCommands.RunToRead(console, parsed.GetRequiredValue(dir), session =>
        {
            ClientRequest request = FsTree.Ask(ClientOp.GetXattr, FsPath.Parse(parsed.GetRequiredValue(path)))
                with { XattrName = parsed.GetRequiredValue(name) };
            console.Out.WriteLine(FsXattr.Show(FsCommands.Change(session, "xattr get", request).Value.Span));
        }));
        return command;
    }

    private static Command CreateSet(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path, Argument<string> name) =
            (FsCommands.DirArgument(), PathArgument(), NameArgument());
        var value = new Argument<string>("VALUE") { Description = "Text, or 0x and hexadecimal digits" };
        var command = new Command("set", "Set an attribute.") { dir, path, name, value };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            ClientRequest request = FsTree.Ask(ClientOp.SetXattr, FsPath.Parse(parsed.GetRequiredValue(path)));
            (string given, string text) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(value));
            Change(session, "xattr set", request with { XattrName = given, Value = FsXattr.Parse(text) });
            if (given == PinName && int.TryParse(text, CultureInfo.InvariantCulture, out int rank) && rank >= session.RankCount)
                console.Note(NoteOfRank(text, session.RankCount));
        }));
        return command;
    }

    private static string NoteOfRank(string rank, int count)
    {
        string there = count == 1 ? "there is rank 0 alone, which" : $"there are ranks 0 to {count - 1}; whose it is";
        return $"engine: note: {PinName} {rank}: no such rank: {there} keeps the directory meanwhile; -1 is for none";
    }

    private static Command CreateList(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path) = (FsCommands.DirArgument(), PathArgument());
        var command = new Command("list", "List the attributes' names.") { dir, path };
        command.SetAction(parsed => FsCommands.RunToRead(console, parsed.GetRequiredValue(dir), session =>
        {
            ClientRequest request = FsTree.Ask(ClientOp.ListXattr, FsPath.Parse(parsed.GetRequiredValue(path)));
            foreach (string name in FsXattr.NamesOf(FsCommands.Change(session, "xattr list", request).Value.Span))
                console.Out.WriteLine(NameText.Escape(name));
        }));
        return command;
    }

    private static Command CreateRemove(CliConsole console)
    {
        (Argument<string> dir, Argument<string> path, Argument<string> name) =
            (FsCommands.DirArgument(), PathArgument(), NameArgument());
        var command = new Command("rm", "Remove an attribute.") { dir, path, name };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
            Change(session, "xattr rm", FsTree.Ask(ClientOp.RemoveXattr, FsPath.Parse(parsed.GetRequiredValue(path)))
                with { XattrName = parsed.GetRequiredValue(name) })));
        return command;
    }

    /// <summary>Asks for a change, and says what it is that has no such attributes.</summary>
    private static void Change(IFsSession session, string verb, ClientRequest request)
    {
        ClientReply reply = session.Client.Call(request);
        bool isPin = request.XattrName == PinName;
        if (reply.Error.Name is "EPERM" or "ENOTDIR")
        {
            ClientReply found = session.Client.Call(FsTree.Ask(ClientOp.GetAttributes, request.Path));
            bool isLink = found.Error.IsNone && found.Stat.Type == InodeType.SymbolicLink;
            if (found.Error.IsNone && isPin && found.Stat.Type != InodeType.Directory)
                throw new CliException(ExitCode.Failure, $"{verb}: {FsPath.Show(request.Path.Span)}: is "
                    + $"{(isLink ? "a symbolic link" : "a file")}; only a directory is kept at a rank");
            if (isLink)
                throw new CliException(
                    ExitCode.Failure, $"{verb}: {FsPath.Show(request.Path.Span)}: is a symbolic link, which has no attributes; "
                        + "name what it leads to");
        }

        if (reply.Error == IoError.Invalid)
            throw new CliException(ExitCode.Usage, $"{verb}: {FsPath.Show(request.Path.Span)}: " + (isPin
                ? $"{PinName} takes the number of a rank, 0 to {RankId.CountMax - 1}, or -1 for none"
                : "the name needs something behind 'user.'"));
        reply.Must(session.Client, verb, request.Path);
    }
}
