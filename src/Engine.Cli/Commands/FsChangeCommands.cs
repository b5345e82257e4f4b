using System.CommandLine;
using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs ln|mv|rm</c>.</summary>
internal static class FsChangeCommands
{
    public static Command CreateLink()
    {
        Argument<string> dir = FsCommands.DirArgument();
        var target = new Argument<string>("TARGET") { Description = "What the new name leads to" };
        var path = new Argument<string>("PATH") { Description = "The new name" };
        var isSymbolic = new Option<bool>("--symbolic", "-s")
            { Description = "Make a symbolic link, whose target need not exist" };
        var command = new Command("ln", "Give a file another name, or make a symbolic link.") { dir, target, path, isSymbolic };
        command.SetAction(parsed => FsCommands.Run(parsed.GetRequiredValue(dir), session =>
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

    public static Command CreateMove()
    {
        Argument<string> dir = FsCommands.DirArgument();
        var from = new Argument<string>("FROM") { Description = "The name to move" };
        var to = new Argument<string>("TO") { Description = "Its new name, or the directory to move it into" };
        var command = new Command("mv", "Move a name, over another one where there is one.") { dir, from, to };
        command.SetAction(parsed => FsCommands.Run(parsed.GetRequiredValue(dir), session =>
        {
            ReadOnlyMemory<byte> source = FsPath.Parse(parsed.GetRequiredValue(from));
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

    public static Command CreateRemove(CancellationToken cancellation)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var paths = new Argument<string[]>("PATH") { Description = "Names to remove", Arity = ArgumentArity.OneOrMore };
        var isRecursive = new Option<bool>("--recursive", "-r") { Description = "Remove directories and everything in them" };
        var command = new Command("rm", "Remove names; a file goes with its last one.") { dir, paths, isRecursive };
        command.SetAction(parsed => FsCommands.Run(parsed.GetRequiredValue(dir), session =>
        {
            foreach (string text in parsed.GetRequiredValue(paths))
                Remove(session, FsPath.Parse(text), parsed.GetValue(isRecursive), cancellation);
        }));
        return command;
    }

    private static void Remove(FsSession session, ReadOnlyMemory<byte> path, bool isRecursive, CancellationToken cancellation)
    {
        var tree = new FsTree(session.Client);
        if (FsPath.NameOf(path.Span).IsEmpty)
            throw new CliException(ExitCode.Usage, "rm: the root cannot be removed; name what is in it");
        bool isDirectory = tree.Stat("rm", path).Type == InodeType.Directory;
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
