using System.CommandLine;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs ln|mv|rm</c>.</summary>
internal static class FsChangeCommands
{
    public static Command CreateLink(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var target = new Argument<string>("TARGET") { Description = "What the new name leads to" };
        var path = new Argument<string>("PATH") { Description = "The new name" };
        var isSymbolic = new Option<bool>("--symbolic", "-s")
            { Description = "Make a symbolic link, whose target need not exist" };
        var command = new Command("ln", "Give a file another name, or make a symbolic link.") { dir, target, path, isSymbolic };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            string text = parsed.GetRequiredValue(target);
            ReadOnlyMemory<byte> made = FsPath.Parse(parsed.GetRequiredValue(path));
            if (parsed.GetValue(isSymbolic))
            {
                ReadOnlyMemory<byte> value = text.StartsWith('/') ? FsPath.Parse(text) : FsPath.Parse(text)[1..];
                FsCommands.Change(session, "ln", FsTree.Ask(ClientOp.SymbolicLink, made) with { Value = value });
                return;
            }

            ClientRequest request = FsTree.Ask(ClientOp.Link, FsPath.Parse(text)) with { Path2 = made };
            ClientReply reply = session.Client.Call(request);
            reply.Must("ln", reply.Error == IoError.Exists ? made : request.Path, session.Client.Damage);
        }));
        return command;
    }

    public static Command CreateMove(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var from = new Argument<string>("FROM") { Description = "The name to move" };
        var to = new Argument<string>("TO") { Description = "Its new name, or the directory to move it into" };
        var command = new Command("mv", "Move a name, over another one where there is one.") { dir, from, to };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            ReadOnlyMemory<byte> source = FsPath.ParseNamed("mv", parsed.GetRequiredValue(from));
            ReadOnlyMemory<byte> target = FsPath.Parse(parsed.GetRequiredValue(to));
            ClientReply found = session.Client.Call(FsTree.Ask(ClientOp.GetAttributes, target) with { Follow = true });
            if (found.Error.IsNone && found.Stat.Type == InodeType.Directory)
                target = FsPath.Join(target.Span, FsPath.NameOf(source.Span));
            ClientRequest request = FsTree.Ask(ClientOp.Rename, source) with { Path2 = target };
            ClientReply reply = session.Client.Call(request);
            reply.Must("mv", reply.Error == IoError.NoEntry ? source : target, session.Client.Damage);
        }));
        return command;
    }

    public static Command CreateRemove(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var paths = new Argument<string[]>("PATH") { Description = "Names to remove", Arity = ArgumentArity.OneOrMore };
        var isRecursive = new Option<bool>("--recursive", "-r") { Description = "Remove directories and everything in them" };
        var command = new Command("rm", "Remove names; a file goes with its last one.") { dir, paths, isRecursive };
        command.SetAction(parsed =>
        {
            // All are looked at before the first is touched.
            ReadOnlyMemory<byte>[] named = [.. parsed.GetRequiredValue(paths).Select(text => FsPath.ParseNamed("rm", text))];
            return FsCommands.RunForEach(console, parsed.GetRequiredValue(dir), named, (session, path) =>
                Remove(session, path, parsed.GetValue(isRecursive), cancellation));
        });
        return command;
    }

    private static void Remove(FsSession session, ReadOnlyMemory<byte> path, bool isRecursive, CancellationToken cancellation)
    {
        var tree = new FsTree(session.Client);
        // Behind a slash a link would be followed: what it leads to is not what is named.
        ReadOnlyMemory<byte> given = path;
        path = path[..path.Span.TrimEnd((byte)'/').Length];
        bool isDirectory = tree.Stat("rm", path).Type == InodeType.Directory;
        if (!isDirectory && path.Length < given.Length)
            throw new CliException(ExitCode.Failure, $"rm: {FsPath.Show(given.Span)}: is not a directory");
        if (isDirectory && !isRecursive)
            throw new CliException(
                ExitCode.Failure, $"rm: {FsPath.Show(path.Span)}: is a directory; give -r to remove it and all in it");
        if (isDirectory)
            Empty(session, tree, path, cancellation);
        FsCommands.Change(session, "rm", FsTree.Ask(isDirectory ? ClientOp.RemoveDirectory : ClientOp.Unlink, path));
    }

    private static void Empty(FsSession session, FsTree tree, ReadOnlyMemory<byte> directory, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        List<ClientRequest> removals = [];
        foreach (DirectoryItem item in tree.List("rm", directory))
        {
            byte[] path = FsPath.Join(directory.Span, item.Name.Span);
            if (item.Type == InodeType.Directory)
                Empty(session, tree, path, cancellation);
            removals.Add(FsTree.Ask(item.Type == InodeType.Directory ? ClientOp.RemoveDirectory : ClientOp.Unlink, path));
        }

        ClientReply[] replies = session.Client.CallAll(removals);
        for (int index = 0; index < replies.Length; index++)
            replies[index].Must("rm", removals[index].Path, session.Client.Damage);
    }
}
