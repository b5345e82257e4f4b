// Loads the metadata of a real directory tree into a namespace.
//
// Order: directories are read ahead by a SourceWalk; a directory's entries are asked for once the namespace has answered its own
// creation (parents first), nearest first by and large, with many requests under way. A directory's own times and modes, which
// every entry made in it would change, are set once all of these have been answered. What needs something that is there already
// comes behind all of that: further names of a file, extended attributes, and the directories that these change.
// Threads: one asks, whose fields these are. Replies come on the rank's thread and touch only counters of their own, queues, what
// is known of an ImportDirectory, and the list of failures (locked).
// What is left out is said and counted: names that are not UTF-8, what cannot be read; pipes, sockets and devices, which the
// namespace has no operation for.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Load;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>One import.</summary>
/// <param name="client">Asks the namespace.</param>
/// <param name="skipsExisting">What is there already is taken as loaded before.</param>
/// <param name="progress">Takes a line of progress, and the seconds since the beginning.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed partial class ImportRun(
    FsClient client, bool skipsExisting, Action<string, double> progress, CancellationToken cancellation)
{
    private const int NotesMax = 20;
    private const int ProgressEvery = 512;
    private const int XattrsBatch = 4096;
    private const uint PermissionMask = 0xFFF;

    private readonly List<ImportDirectory> _directories = [];

    /// <summary>Directories that were asked for, and are to be read.</summary>
    private readonly Queue<ImportDirectory> _unread = new();

    /// <summary>Directories in which everything has been made; filled on the rank's thread too.</summary>
    private readonly ConcurrentQueue<ImportDirectory> _complete = new();
    private readonly Dictionary<(ulong Device, ulong Ino), byte[]> _firstNames = [];
    private readonly List<(byte[] First, byte[] Path)> _furtherNames = [];
    private readonly List<ClientRequest> _attributes = [];
    private readonly List<string> _notes = [];
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Made once, not for each file.</summary>
    private FsClient.ReplyHandler? _fileAnswered;
    private long _failures;
    private long _special;
    private long _skipped;
    private long _existing;
    private long _files;
    private long _links;
    private long _made;
    private long _names;
    private long _bytes;
    private long _found;
    private long _farTimes;

    /// <summary>Names among the failures; the others were loaded, but not all that belongs to them.</summary>
    private long _leftOut;

    /// <summary>Begins to read the source.</summary>
    public Func<SourceWalk> BeginWalk { private get; init; } = static () => new SourceWalk();

    /// <summary>Nothing was left out but pipes, sockets and devices.</summary>
    public bool IsComplete => _failures == 0;

    /// <summary>Imports what is in <paramref name="source"/> into the directory <paramref name="target"/>, which is made where it
    /// is missing; everything is safe in the journal afterwards.</summary>
    public void Run(string source, ReadOnlyMemory<byte> target)
    {
        byte[] from = Encoding.UTF8.GetBytes(Path.GetFullPath(source));
        IoError error = HostDirectory.Open(FsPath.Join(from, []), out HostDirectory? opened);
        if (error.Failed)
        {
            string why = error == IoError.NoEntry ? "it does not exist"
                : error == IoError.NotDirectory ? "it is not a directory" : error.Name;
            string advice = error == IoError.Access ? "run as a user who may read it" : "name a directory of this machine";
            throw new CliException(ExitCode.Environment, $"cannot import {source}: {why}; {advice}");
        }

        HostStatus status;
        using (opened)
            error = opened!.Stat(out status);
        if (error.Failed)
            throw new CliException(ExitCode.Environment, $"cannot import {source}: {error.Name}");
        client.WaitUntilActive();
        Ino ino = MakeWay(target);
        var root = new ImportDirectory(null, FsPath.Join(from, []), target.ToArray(), status);
        root.Answer(isMade: true, ino);
        _directories.Add(root);
        using (SourceWalk walk = BeginWalk())
        {
            walk.Ask(root);
            while (walk.TryTake(out SourcePart? part))
            {
                Take(part!);
                while (_unread.TryDequeue(out ImportDirectory? directory))
                    walk.Ask(directory);
                while (_complete.TryDequeue(out ImportDirectory? directory))
                    SetDirectory(directory);
            }
        }

        WaitForAll();
        LinkFurtherNames();
        SetAttributes();
        SetDirectories();
        ExpectRoom();
    }

    private Ino MakeWay(ReadOnlyMemory<byte> target)
    {
        for (int end = 1; end <= target.Length; end++)
        {
            if (end < target.Length && target.Span[end] != (byte)'/')
                continue;
            ReadOnlyMemory<byte> path = target[..end];
            ClientReply reply = client.Call(FsTree.Ask(ClientOp.MakeDirectory, path));
            if (reply.Error != IoError.Exists)
                reply.Must("import", path, client.Damage);
        }

        FileStat stat = new FsTree(client).Stat("import", target);
        if (stat.Type != InodeType.Directory)
            throw new CliException(ExitCode.Failure, $"import: {FsPath.Show(target.Span)} is not a directory");
        return stat.Ino;
    }

    /// <summary>Asks for the entries of a directory; the namespace has answered its own creation before.</summary>
    private void Take(SourcePart part)
    {
        cancellation.ThrowIfCancellationRequested();
        ImportDirectory directory = part.Directory;
        if (!directory.IsAnswered)
            Await(directory);
        if (!directory.IsMade)
            return;
        if (part.OpenError.Failed)
            Fail(directory.Source, "cannot be read: " + part.OpenError.Name);
        if (part.ReadError.Failed)
            Fail(directory.Source, "cannot be read to its end: " + part.ReadError.Name);
        foreach (ref readonly SourceEntry entry in CollectionsMarshal.AsSpan(part.Entries))
        {
            ExpectRoom();
            Take(directory, entry);
        }

        if (part.IsLast)
            Complete(directory);
    }

    private void Take(ImportDirectory directory, in SourceEntry entry)
    {
        _farTimes += IsFar(entry.Status.ModifiedAt) || IsFar(entry.Status.AccessedAt) ? 1 : 0;
        if (++_found % ProgressEvery == 0)
            ShowProgress("import");
        byte[] name = entry.Name;
        if (entry.Error.Failed)
        {
            LeaveOut(FsPath.Join(directory.Source, name), "cannot be looked at: " + entry.Error.Name);
            return;
        }

        HostStatus status = entry.Status;
        uint type = SourceType.Of(status);
        // What is passed over is so by all of its names.
        bool mayHaveMore = status.Links > 1 && type is (SourceType.Regular or SourceType.Link);
        bool isFurtherName = mayHaveMore && IsFurtherName(directory, name, status);
        if (isFurtherName)
            TakeFurtherName(directory, name, status);
        else if (type == SourceType.Directory)
            TakeDirectory(directory, name, status);
        else if (type == SourceType.Regular)
            TakeFile(directory, name, status);
        else if (type == SourceType.Link)
            TakeLink(directory, entry);
        else
            _special++;
        if (!isFurtherName && (entry.Xattrs is not null || entry.XattrsError.Failed))
            TakeAttributes(directory, entry);
    }

    /// <summary>A time that 64 bits of nanoseconds do not reach comes as the end of those that they do.</summary>
    private static bool IsFar(long nanos) => nanos is long.MinValue or long.MaxValue;

    private bool IsFurtherName(ImportDirectory directory, byte[] name, in HostStatus status)
    {
        var key = (status.Device, status.Ino);
        if (_firstNames.ContainsKey(key))
            return true;
        _firstNames.Add(key, FsPath.Join(directory.Path, name));
        return false;
    }

    private void TakeFurtherName(ImportDirectory directory, byte[] name, in HostStatus status)
    {
        directory.IsChangedLate = true;
        _furtherNames.Add((_firstNames[(status.Device, status.Ino)], FsPath.Join(directory.Path, name)));
    }

    private void TakeDirectory(ImportDirectory parent, byte[] name, in HostStatus status)
    {
        var directory = new ImportDirectory(parent, FsPath.Join(parent.Source, name), FsPath.Join(parent.Path, name), status);
        _directories.Add(directory);
        _unread.Enqueue(directory);
        ClientRequest request = parent.Make(client.NextTid(), ClientOp.MakeDirectory, name, ChangesOf(status));
        parent.Asked();
        client.Submit(request, DirectoryAnswered, directory);
    }

    private void TakeFile(ImportDirectory directory, byte[] name, in HostStatus status)
    {
        AttributeChanges changes = ChangesOf(status) with { Size = status.Size };
        directory.Asked();
        ClientRequest request = directory.Make(client.NextTid(), ClientOp.Create, name, changes);
        client.Submit(request, _fileAnswered ??= FileAnswered, directory);
    }

    private void TakeLink(ImportDirectory directory, in SourceEntry entry)
    {
        if (entry.TargetError.Failed)
        {
            LeaveOut(FsPath.Join(directory.Path, entry.Name), "its target cannot be read: " + entry.TargetError.Name);
            return;
        }

        ClientRequest request = directory.Make(
            client.NextTid(), ClientOp.SymbolicLink, entry.Name, ChangesOf(entry.Status), entry.Target);
        directory.Asked();
        client.Submit(request, LinkAnswered, directory);
    }

    private static AttributeChanges ChangesOf(in HostStatus status) => new()
    {
        Mode = status.Mode & PermissionMask,
        Uid = status.Uid,
        Gid = status.Gid,
        AccessedAt = status.AccessedAt,
        ModifiedAt = status.ModifiedAt,
    };

    private void TakeAttributes(ImportDirectory directory, in SourceEntry entry)
    {
        byte[] path = FsPath.Join(directory.Path, entry.Name);
        if (entry.XattrsError.Failed)
            Fail(path, "its attributes cannot be read: " + entry.XattrsError.Name);
        foreach (SourceXattr attribute in entry.Xattrs ?? [])
        {
            if (attribute.Error.Failed)
            {
                Fail(path, $"its attribute {FsPath.Show(attribute.Name)} cannot be read: {attribute.Error.Name}");
                continue;
            }

            string text = Encoding.UTF8.GetString(attribute.Name);
            _attributes.Add(new ClientRequest(0, ClientOp.SetXattr) { Path = path, XattrName = text, Value = attribute.Value });
        }

        if (_attributes.Count < XattrsBatch)
            return;
        WaitForAll();
        SetAttributes();
    }

    private void LinkFurtherNames()
    {
        foreach ((byte[] first, byte[] path) in _furtherNames)
            client.Submit(new ClientRequest(0, ClientOp.Link) { Path = first, Path2 = path }, FurtherNameAnswered);
        client.WaitForAll();
    }

    private void SetAttributes()
    {
        foreach (ClientRequest request in _attributes)
            client.Submit(request, ChangeAnswered);
        _attributes.Clear();
        client.WaitForAll();
    }

    private void SetDirectories()
    {
        foreach (ImportDirectory directory in _directories)
        {
            if (!directory.IsSet)
                SetDirectory(directory, isLast: true);
        }

        WaitForAll();
    }

    private void SetDirectory(ImportDirectory directory, bool isLast = false)
    {
        if (!directory.IsMade || (directory.IsChangedLate && !isLast))
            return;
        directory.IsSet = true;
        ClientRequest request = directory.Ino.IsNone
            ? new ClientRequest(0, ClientOp.SetAttributes) { Path = directory.Path }
            : new ClientRequest(0, ClientOp.SetAttributes) { Base = directory.Ino };
        client.Submit(request with { Changes = ChangesOf(directory.Status) }, AttributesAnswered, directory);
    }

    private void ShowProgress(string what)
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        long made = Volatile.Read(ref _made);
        progress(
            string.Create(CultureInfo.InvariantCulture, $"{what}: {made} inodes, {made / seconds:0} inodes/s"), seconds);
    }
}
