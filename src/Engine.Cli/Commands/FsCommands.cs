// The tree of engine fs, and its verbs that make and show names. A verb that changes something opens the store in DIR alone,
// which starts a rank over it, does its work by path as the superuser, and ends the rank in order (Run): afterwards everything
// is in the store, and the journal has nothing left to be done. One that only looks (RunToRead) starts a rank that writes
// nothing, over what store and journal hold, beside others who look.
using System.CommandLine;
using Engine.Cli.Clusters;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Commands;

/// <summary><c>engine fs</c>: a namespace in a directory of this machine, or a cluster's. The first argument is that directory in
/// every verb, or the cluster map's address (<see cref="ClusterFsSession.Rewrite"/>).</summary>
internal static class FsCommands
{
    private const uint PermissionMask = 0xFFF;
    private const uint SetIdMask = 0xC00;

    /// <summary>These make, check or try a namespace in a directory, and take no map.</summary>
    private static readonly string[] s_verbsOfDirectories = ["init", "check", "churn"];

    public static Command Create(CliConsole console, CancellationToken cancellation)
    {
        Command command = CreateAll(console, cancellation);
        foreach (Command verb in command.Subcommands.Where(verb => !s_verbsOfDirectories.Contains(verb.Name)))
            TellOfMap(verb);
        return command;
    }

    private static Command CreateAll(CliConsole console, CancellationToken cancellation) =>
        new(
            "fs",
            "Make, fill, look at and check a journalled namespace that is kept in a directory DIR, or use a cluster's, with "
                + "--map HOST:PORT in place of DIR. Verbs that only look (ls, stat, du, dump, check, xattr get and list) write "
                + "nothing, several at once; who changes what is in DIR is alone.")
        {
            CreateInit(console),
            CreateMakeDirectory(console),
            CreateCreate(console),
            CreateList(console, cancellation),
            CreateStat(console),
            FsChangeCommands.CreateLink(console),
            FsChangeCommands.CreateMove(console),
            FsChangeCommands.CreateRemove(console, cancellation),
            FsXattrCommands.Create(console),
            FsFragmentCommands.Create(console),
            CreateUsage(console, cancellation),
            FsStoreCommands.CreateImport(console, cancellation),
            FsCheckCommand.Create(console),
            FsStoreCommands.CreateDump(console, cancellation),
            FsChurnCommand.Create(console, cancellation),
        };

    /// <summary>Has help list the option that may stand in DIR's place: it is taken out of a command line before that is parsed.
    /// </summary>
    private static void TellOfMap(Command verb)
    {
        foreach (Command below in verb.Subcommands)
            TellOfMap(below);
        if (verb.Subcommands.Count > 0)
            return;
        verb.Options.Add(new Option<string?>("--map")
        {
            Description = "In DIR's place: address of the map of a cluster, whose namespace is meant",
            HelpName = "HOST:PORT",
        });
    }

    /// <summary>Refuses a map in the place of DIR where a verb is for directories.</summary>
    internal static void RefuseMap(string verb, string directory, string instead)
    {
        if (directory.StartsWith(ClusterFsSession.Prefix, StringComparison.Ordinal))
            throw new CliException(
                ExitCode.Usage, $"{verb}: --map: it works on a namespace in a directory, not on a cluster's; {instead}");
    }

    /// <summary>The store's directory.</summary>
    internal static Argument<string> DirArgument() => new("DIR") { Description = "Directory that holds the namespace" };

    /// <summary>A path in the namespace; the root when it is not given.</summary>
    internal static Argument<string> PathOrRoot() => new("PATH")
    {
        Description = "Path in the namespace (default /)",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => "/",
    };

    /// <summary>Opens the store, does the work, and ends in order. The exit code tells of the work; a store that cannot take
    /// yet what is safe in the journal is told beside.</summary>
    internal static int Run(CliConsole console, string directory, Action<IFsSession> work)
    {
        using IFsSession session = ClusterFsSession.TryOpen(directory, console) as IFsSession
            ?? FsSession.Open(directory, console.Cancellation);
        return Run(console, session, work);
    }

    /// <summary>The same to look at it, which writes nothing.</summary>
    internal static int RunToRead(CliConsole console, string directory, Action<IFsSession> work)
    {
        using IFsSession session = ClusterFsSession.TryOpen(directory, console) as IFsSession
            ?? FsSession.OpenToRead(directory, console.Cancellation);
        return Run(console, session, work);
    }

    /// <summary>Does the work for each path, as the tools do: what is refused for one is said, and the next one
    /// follows.</summary>
    internal static int RunForEach(
        CliConsole console, string directory, IEnumerable<ReadOnlyMemory<byte>> paths,
        Action<IFsSession, ReadOnlyMemory<byte>> work)
    {
        ExitCode code = ExitCode.Ok;
        Run(console, directory, session => code = ForEach(console, session.Client, paths, path => work(session, path)));
        return (int)code;
    }

    /// <summary>The same in a session. A rank that has failed, or has no room, ends it: it would refuse the others too.</summary>
    internal static ExitCode ForEach(
        CliConsole console, FsClient client, IEnumerable<ReadOnlyMemory<byte>> paths, Action<ReadOnlyMemory<byte>> work)
    {
        ExitCode code = ExitCode.Ok;
        foreach (ReadOnlyMemory<byte> path in paths)
        {
            try
            {
                work(path);
            }
            catch (CliException refusal) when (refusal is not NoRoomException && !client.HasFailed)
            {
                console.Note("engine: " + refusal.Message);
                code = code == ExitCode.Ok ? refusal.ExitCode : code;
            }
        }

        return code;
    }

    /// <summary>The same in a session that is open; ends it.</summary>
    internal static int Run(CliConsole console, IFsSession session, Action<IFsSession> work)
    {
        work(session);
        if (session.Close() is { } why)
            console.Note($"engine: warning: {session}: every change is made and safe in the journal, but directories cannot be "
                + $"written to the store: {why}, and the next command goes on with it");
        return (int)ExitCode.Ok;
    }

    /// <summary>Asks for one change.</summary>
    internal static ClientReply Change(IFsSession session, string verb, ClientRequest request) =>
        session.Client.Call(request).Must(session.Client, verb, request.Path);

    private static Option<uint?> ModeOption() => new("--mode")
    {
        Description = "Permission bits, octal (default 755 for a directory, 644 for a file)",
        HelpName = "MODE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool isOctal = text.Length is > 0 and <= 4 && text.All(digit => digit is >= '0' and <= '7');
            if (isOctal)
                return Convert.ToUInt32(text, 8) & PermissionMask;
            result.AddError($"--mode '{text}': allowed: octal digits up to 7777");
            return null;
        },
    };

    private static Argument<string[]> PathsArgument() => new("PATH")
    {
        Description = "Paths in the namespace",
        Arity = ArgumentArity.OneOrMore,
    };

    private static Command CreateInit(CliConsole console)
    {
        Argument<string> dir = DirArgument();
        var journal = new Option<string?>("--journal")
            { Description = "Block device or file for the journal (default: in DIR)", HelpName = "PATH" };
        Option<long> size = SessionArguments.SizeOption("--journal-size", "Length of a journal file to make", 0);
        size.Description = $"Length of a journal file to make, at least {FsJournal.FileBytesMin} bytes";
        var force = new Option<bool>("--force")
            { Description = "Overwrite what the journal's PATH holds: what is recognised, and a file's data of any form" };
        var command = new Command("init", "Make an empty namespace in a directory that does not exist or is empty.")
            { dir, journal, size, force };
        command.SetAction(parsed =>
        {
            string directory = parsed.GetRequiredValue(dir);
            RefuseMap("init", directory, "a cluster's is made by engine map serve");
            string? path = parsed.GetValue(journal);
            if (path is null && (parsed.GetValue(force) || parsed.GetValue(size) > 0))
                throw new CliException(ExitCode.Usage, "init: --force and --journal-size are for a journal given with --journal");
            if (parsed.GetResult(size) is { Implicit: false } && parsed.GetValue(size) == 0)
                throw new CliException(
                    ExitCode.Usage, "--journal-size 0: allowed: more than 0; leave it out for a file that is there");
            if (path is { Length: 0 })
                throw new CliException(ExitCode.Usage, "--journal: the path is empty; name a block device or file");
            FsSession.Format(
                directory, path is null ? null : new FsJournalPlace(path, parsed.GetValue(size), parsed.GetValue(force)));
            string where = path is null ? string.Empty : $", its journal on {path}";
            console.Out.WriteLine($"made an empty namespace in {directory}{where}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateMakeDirectory(CliConsole console)
    {
        Argument<string> dir = DirArgument();
        Argument<string[]> paths = PathsArgument();
        Option<uint?> mode = ModeOption();
        var parents = new Option<bool>("--parents", "-p")
            { Description = "Make missing directories on the way, and take one that exists for made" };
        var command = new Command("mkdir", "Make directories.") { dir, paths, mode, parents };
        command.SetAction(parsed => RunForEach(
            console, parsed.GetRequiredValue(dir), FsPath.ParseAll(parsed.GetRequiredValue(paths)), (session, path) =>
                MakeDirectory(session, path, parsed.GetValue(mode), parsed.GetValue(parents))));
        return command;
    }

    private static void MakeDirectory(IFsSession session, ReadOnlyMemory<byte> path, uint? mode, bool makesParents)
    {
        for (int end = 1; makesParents && end < path.Length; end++)
        {
            if (path.Span[end] != (byte)'/')
                continue;
            ClientReply reply = session.Client.Call(FsTree.Ask(ClientOp.MakeDirectory, path[..end]));
            if (reply.Error != Buffers.IoError.Exists)
                reply.Must(session.Client, "mkdir", path[..end]);
        }

        ClientRequest request = FsTree.Ask(ClientOp.MakeDirectory, path) with { Changes = new AttributeChanges { Mode = mode } };
        ClientReply made = session.Client.Call(request);
        bool isThere = makesParents && made.Error == Buffers.IoError.Exists && IsDirectory(session, path);
        if (!isThere)
            made.Must(session.Client, "mkdir", path);

        // mkdir(2) leaves these bits out; the tool of this name sets them behind it, beside one that was inherited.
        if (made.Error.IsNone && (mode & SetIdMask) != 0)
        {
            AttributeChanges changes = new() { Mode = mode | (made.Stat.Mode & SetIdMask) };
            Change(session, "mkdir", FsTree.Ask(ClientOp.SetAttributes, path) with { Changes = changes });
        }
    }

    private static bool IsDirectory(IFsSession session, ReadOnlyMemory<byte> path)
    {
        ClientReply found = session.Client.Call(FsTree.Ask(ClientOp.GetAttributes, path) with { Follow = true });
        return found.Error.IsNone && found.Stat.Type == InodeType.Directory;
    }

    private static Command CreateCreate(CliConsole console)
    {
        Argument<string> dir = DirArgument();
        Argument<string[]> paths = PathsArgument();
        Option<uint?> mode = ModeOption();
        Option<long> size = SessionArguments.SizeOption("--size", "Length that the files have", 0);
        size.Description = "Length that the files have (default 0)";
        var command = new Command("create", "Make regular files; the namespace keeps their metadata only.")
            { dir, paths, mode, size };
        command.SetAction(parsed => RunForEach(
            console, parsed.GetRequiredValue(dir), FsPath.ParseAll(parsed.GetRequiredValue(paths)), (session, path) =>
                MakeFile(session, path, parsed.GetValue(mode), parsed.GetValue(size))));
        return command;
    }

    private static void MakeFile(IFsSession session, ReadOnlyMemory<byte> path, uint? mode, long size)
    {
        if (path.Length > 1 && path.Span.EndsWith("/"u8))
            throw new CliException(
                ExitCode.Failure, $"create: {FsPath.Show(path.Span)}: a file's name ends in no '/'; leave it out, or use mkdir");
        Change(session, "create", FsTree.Ask(ClientOp.Create, path) with
        {
            Changes = new AttributeChanges { Mode = mode, Size = size },
        });
    }

    private static Command CreateList(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = DirArgument();
        Argument<string> path = PathOrRoot();
        var isLong = new Option<bool>("--long", "-l") { Description = "Mode, links, owner, group, size and time of each name" };
        var isRecursive = new Option<bool>("--recursive", "-R") { Description = "List all directories below too" };
        var command = new Command("ls", "List names, one a line, with control characters and backslashes as ls -b writes them.")
            { dir, path, isLong, isRecursive };
        command.SetAction(parsed => RunToRead(console, parsed.GetRequiredValue(dir), session =>
            new FsListing(session.Client, console.Out, cancellation).List(
                FsPath.Parse(parsed.GetRequiredValue(path)), parsed.GetValue(isLong), parsed.GetValue(isRecursive))));
        return command;
    }

    private static Command CreateStat(CliConsole console)
    {
        Argument<string> dir = DirArgument();
        Argument<string> path = PathOrRoot();
        var command = new Command("stat", "Show all attributes of a name.") { dir, path };
        command.SetAction(parsed => RunToRead(console, parsed.GetRequiredValue(dir), session =>
            new FsListing(session.Client, console.Out, default).Stat(FsPath.Parse(parsed.GetRequiredValue(path)))));
        return command;
    }

    private static Command CreateUsage(CliConsole console, CancellationToken cancellation)
    {
        Argument<string> dir = DirArgument();
        Argument<string> path = PathOrRoot();
        var isSummary = new Option<bool>("--summarize", "-s") { Description = "The total only" };
        var command = new Command("du", "Bytes below each directory, as du -b counts them but for directories themselves.")
            { dir, path, isSummary };
        command.SetAction(parsed => RunToRead(console, parsed.GetRequiredValue(dir), session =>
            new FsListing(session.Client, console.Out, cancellation).Usage(
                FsPath.Parse(parsed.GetRequiredValue(path)), parsed.GetValue(isSummary))));
        return command;
    }
}
