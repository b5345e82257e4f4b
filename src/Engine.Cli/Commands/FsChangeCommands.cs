// Changes of names: each is one request, and what is refused is said of the name that it is about.
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
        var path = new Argument<string>("PATH") { Description = "The new name, or the directory to put it into" };
        var isSymbolic = new Option<bool>("--symbolic", "-s")
            { Description = "Make a symbolic link, whose target need not exist" };
        var command = new Command("ln", "Give a file another name, or make a symbolic link.") { dir, target, path, isSymbolic };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            string text = parsed.GetRequiredValue(target);
            ReadOnlyMemory<byte> made = FsPath.Parse(parsed.GetRequiredValue(path));
            if (parsed.GetValue(isSymbolic))
            {
                ReadOnlyMemory<byte> value = text.StartsWith('/') ? FsPath.ParseTarget(text) : FsPath.ParseTarget(text)[1..];
                made = Into(session, made, value);
                FsCommands.Change(session, "ln", FsTree.Ask(ClientOp.SymbolicLink, made) with { Value = value });
                return;
            }

            ReadOnlyMemory<byte> source = FsPath.Parse(text);
            made = Into(session, made, source);
            ClientRequest request = FsTree.Ask(ClientOp.Link, source) with { Path2 = made };
            ClientReply reply = session.Client.Call(request);
            reply.Must(session.Client, "ln", reply.Error == IoError.Exists ? made : source, made);
        }));
        return command;
    }

    /// <summary>The new name; within a directory, where that is there, as the tools do it.</summary>
    private static ReadOnlyMemory<byte> Into(IFsSession session, ReadOnlyMemory<byte> target, ReadOnlyMemory<byte> source)
    {
        ReadOnlySpan<byte> name = FsPath.NameOf(source.Span);
        ClientReply found = session.Client.Call(FsTree.Ask(ClientOp.GetAttributes, target) with { Follow = true });
        bool isInto = found.Error.IsNone && found.Stat.Type == InodeType.Directory && !name.IsEmpty;
        return isInto ? FsPath.Join(target.Span, name) : target;
    }

    public static Command CreateMove(CliConsole console)
    {
        Argument<string> dir = FsCommands.DirArgument();
        var from = new Argument<string>("FROM") { Description = "The name to move" };
        var to = new Argument<string>("TO") { Description = "Its new name, or the directory to move it into" };
        var exchanges = new Option<bool>("--exchange")
            { Description = "Give FROM what TO has, and TO what FROM has, at once; both must exist, of any type" };
        var command = new Command("mv", "Move a name, over another one where there is one.") { dir, from, to, exchanges };
        command.SetAction(parsed => FsCommands.Run(console, parsed.GetRequiredValue(dir), session =>
        {
            ReadOnlyMemory<byte> source = FsPath.ParseNamed("mv", parsed.GetRequiredValue(from));
            string text = parsed.GetRequiredValue(to);
            if (parsed.GetValue(exchanges))
                Exchange(session, source, FsPath.ParseNamed("mv", text));
            else
                Move(session, source, Into(session, FsPath.Parse(text), source));
        }));
        return command;
    }

    private static void Move(IFsSession session, ReadOnlyMemory<byte> source, ReadOnlyMemory<byte> target)
    {
        // rename(2) takes two names of one file for done, and leaves both.
        ClientReply from = session.Client.Call(FsTree.Ask(ClientOp.Lookup, source));
        ClientReply over = session.Client.Call(FsTree.Ask(ClientOp.Lookup, target));
        if (from.Error.IsNone && over.Error.IsNone && from.Stat.Ino == over.Stat.Ino)
            throw new CliException(
                ExitCode.Failure, $"mv: {FsPath.Show(source.Span)}, {FsPath.Show(target.Span)}: are the same; nothing was moved");
        ClientReply reply = session.Client.Call(FsTree.Ask(ClientOp.Rename, source) with { Path2 = target });
        bool isSource = reply.Error == IoError.NoEntry
            || (reply.Error == IoError.NotDirectory && source.Span.EndsWith("/"u8) && IsNoDirectory(session, source));
        reply.Must(session.Client, "mv", isSource ? source : target, target);
    }

    private static bool IsNoDirectory(IFsSession session, ReadOnlyMemory<byte> path) =>
        session.Client.Call(FsTree.Ask(ClientOp.GetAttributes, path)).Error == IoError.NotDirectory;

    private static void Exchange(IFsSession session, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        ClientReply reply = session.Client.Call(
            FsTree.Ask(ClientOp.Rename, one) with { Path2 = other, Flags = OpenFlags.Exchange });
        if (reply.Error == IoError.Invalid)
            throw new CliException(
                ExitCode.Usage, $"mv: {FsPath.Show(one.Span)}, {FsPath.Show(other.Span)}: one lies in the other, "
                    + "or a rank of an older build knows no exchange; only names that do not lie so can be exchanged");
        // Two ranks refuse it before either has looked whether the names are there.
        foreach (ReadOnlyMemory<byte> name in reply.Error.Name == "EXDEV" ? (ReadOnlyMemory<byte>[])[one, other] : [])
            session.Client.Call(FsTree.Ask(ClientOp.Lookup, name)).Must(session.Client, "mv", name, name);
        bool isFirst = reply.Error != IoError.NoEntry
            || session.Client.Call(FsTree.Ask(ClientOp.Lookup, one)).Error == IoError.NoEntry;
        reply.Must(session.Client, "mv", isFirst ? one : other, other);
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

    private static void Remove(IFsSession session, ReadOnlyMemory<byte> path, bool isRecursive, CancellationToken cancellation)
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

    private static void Empty(IFsSession session, FsTree tree, ReadOnlyMemory<byte> directory, CancellationToken cancellation)
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
