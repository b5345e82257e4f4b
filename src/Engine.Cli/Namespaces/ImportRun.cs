// Loads the metadata of a real directory tree into a namespace.
//
// Order: a directory's entries are asked for once the namespace has answered its own creation (parents first), nearest first,
// with many requests under way. What needs something that is there already comes behind all of that: further names of a file,
// extended attributes, and last the directories' own times and modes, which every entry made in them would change.
// Ownership: one open directory at a time. Replies come on the rank's thread and touch only counters (interlocked), the answer of
// an ImportDirectory and the list of failures (locked).
// What is left out is said and counted: names that are not UTF-8, what cannot be read; pipes, sockets and devices, which the
// namespace has no operation for.
using System.Diagnostics;
using System.Globalization;
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
    private const uint TypeMask = 0xF000;
    private const uint PermissionMask = 0xFFF;
    private const uint DirectoryType = 0x4000;
    private const uint RegularType = 0x8000;
    private const uint LinkType = 0xA000;

    private readonly Queue<ImportDirectory> _pending = new();
    private readonly List<ImportDirectory> _directories = [];
    private readonly Dictionary<(ulong Device, ulong Ino), byte[]> _firstNames = [];
    private readonly List<(byte[] First, byte[] Path)> _furtherNames = [];
    private readonly List<ClientRequest> _attributes = [];
    private readonly List<string> _notes = [];
    private readonly long _started = Stopwatch.GetTimestamp();
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

    /// <summary>Names among the failures; the others were loaded, but not all that belongs to them.</summary>
    private long _leftOut;

    /// <summary>Nothing was left out but pipes, sockets and devices.</summary>
    public bool IsComplete => _failures == 0;

    /// <summary>Imports what is in <paramref name="source"/> into the directory <paramref name="target"/>, which is made where it
    /// is missing; everything is safe in the journal afterwards.</summary>
    public void Run(string source, ReadOnlyMemory<byte> target)
    {
        byte[] from = Encoding.UTF8.GetBytes(Path.GetFullPath(source));
        IoError error = HostDirectory.Open(FsPath.Join(from, "."u8), out HostDirectory? opened);
        if (error.Failed)
        {
            string why = error == IoError.NoEntry ? "it does not exist"
                : error == IoError.NotDirectory ? "it is not a directory" : error.Name;
            throw new CliException(ExitCode.Environment, $"cannot import {source}: {why}; name a directory of this machine");
        }

        HostStatus status;
        using (opened)
            error = opened!.Stat(out status);
        if (error.Failed)
            throw new CliException(ExitCode.Environment, $"cannot import {source}: {error.Name}");
        client.WaitUntilActive();
        Ino ino = MakeWay(target);
        var root = new ImportDirectory(FsPath.Join(from, "."u8), target.ToArray(), status);
        root.Answer(isMade: true, ino);
        _directories.Add(root);
        _pending.Enqueue(root);
        while (_pending.TryDequeue(out ImportDirectory? directory))
            ReadDirectory(directory);
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

    private void ReadDirectory(ImportDirectory directory)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!directory.IsAnswered)
            Await(directory);
        if (!directory.IsMade)
            return;
        IoError error = HostDirectory.Open(directory.Source, out HostDirectory? opened);
        if (error.Failed)
        {
            Fail(directory.Source, "cannot be read: " + error.Name);
            return;
        }

        using (opened)
        {
            List<byte[]> names = [];
            error = opened!.ReadNames(names);
            if (error.Failed)
                Fail(directory.Source, "cannot be read to its end: " + error.Name);
            foreach (byte[] name in names)
            {
                ExpectRoom();
                Take(directory, opened, name);
            }
        }
    }

    private void Take(ImportDirectory directory, HostDirectory opened, byte[] name)
    {
        if (++_found % ProgressEvery == 0)
            ShowProgress("import");
        IoError error = opened.Stat(name, out HostStatus status);
        if (error.Failed)
        {
            LeaveOut(FsPath.Join(directory.Source, name), "cannot be looked at: " + error.Name);
            return;
        }

        uint type = status.Mode & TypeMask;
        bool isFurtherName = type != DirectoryType && status.Links > 1 && IsFurtherName(directory, name, status);
        if (isFurtherName)
            _furtherNames.Add((_firstNames[(status.Device, status.Ino)], FsPath.Join(directory.Path, name)));
        else if (type == DirectoryType)
            TakeDirectory(directory, name, status);
        else if (type == RegularType)
            TakeFile(directory, name, status);
        else if (type == LinkType)
            TakeLink(directory, opened, name, status);
        else
            _special++;
        if (type is RegularType or DirectoryType && !isFurtherName)
            TakeAttributes(directory, opened, name);
    }

    private bool IsFurtherName(ImportDirectory directory, byte[] name, in HostStatus status)
    {
        var key = (status.Device, status.Ino);
        if (_firstNames.ContainsKey(key))
            return true;
        _firstNames.Add(key, FsPath.Join(directory.Path, name));
        return false;
    }

    private void TakeDirectory(ImportDirectory parent, byte[] name, in HostStatus status)
    {
        var directory = new ImportDirectory(FsPath.Join(parent.Source, name), FsPath.Join(parent.Path, name), status);
        _directories.Add(directory);
        _pending.Enqueue(directory);
        ClientRequest request = parent.Make(client.NextTid(), ClientOp.MakeDirectory, name, ChangesOf(status));
        client.Submit(request, DirectoryAnswered, directory);
    }

    private void TakeFile(ImportDirectory directory, byte[] name, in HostStatus status)
    {
        AttributeChanges changes = ChangesOf(status) with { Size = status.Size };
        client.Submit(directory.Make(client.NextTid(), ClientOp.Create, name, changes), FileAnswered, directory);
    }

    private void TakeLink(ImportDirectory directory, HostDirectory opened, byte[] name, in HostStatus status)
    {
        IoError error = opened.ReadLink(name, out byte[] target);
        if (error.Failed)
        {
            LeaveOut(FsPath.Join(directory.Path, name), "its target cannot be read: " + error.Name);
            return;
        }

        ClientRequest request = directory.Make(client.NextTid(), ClientOp.SymbolicLink, name, ChangesOf(status), target);
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

    private void TakeAttributes(ImportDirectory directory, HostDirectory opened, byte[] name)
    {
        IoError error = opened.ListXattrs(name, out IReadOnlyList<byte[]> attributes);
        if (error.IsNone && attributes.Count == 0)
            return;
        byte[] path = FsPath.Join(directory.Path, name);
        if (error.Failed)
        {
            Fail(path, "its attributes cannot be read: " + error.Name);
            return;
        }

        foreach (byte[] attribute in attributes)
        {
            if (!attribute.AsSpan().StartsWith("user."u8))
                continue;
            error = opened.GetXattr(name, attribute, out byte[] value);
            if (error.Failed)
            {
                Fail(path, $"its attribute {FsPath.Show(attribute)} cannot be read: {error.Name}");
                continue;
            }

            string text = Encoding.UTF8.GetString(attribute);
            _attributes.Add(new ClientRequest(0, ClientOp.SetXattr) { Path = path, XattrName = text, Value = value });
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
            if (!directory.IsMade)
                continue;
            ClientRequest request = directory.Ino.IsNone
                ? new ClientRequest(0, ClientOp.SetAttributes) { Path = directory.Path }
                : new ClientRequest(0, ClientOp.SetAttributes) { Base = directory.Ino };
            client.Submit(request with { Changes = ChangesOf(directory.Status) }, AttributesAnswered, directory);
        }

        WaitForAll();
    }

    private void DirectoryAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, state, DirectoryAnswered))
            return;
        var directory = (ImportDirectory)state!;
        if (!directory.IsAnswered)
            directory.Answer(reply.Error.IsNone || reply.Error == IoError.Exists, reply.Stat.Ino);
        if (!reply.IsSafe)
            return;
        if (reply.Error.IsNone)
            _made++;
        else if (reply.Error == IoError.Exists)
            Interlocked.Increment(ref _skipped);
        else
            Refuse(reply.Error == s_notUtf8 ? directory.Source : directory.Path, reply.Error);
    }

    private void FileAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, state, FileAnswered))
            return;
        if (!Count(request, reply, state))
            return;
        _files++;
        _bytes += reply.Stat.Size;
    }

    private void LinkAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, state, LinkAnswered))
            return;
        if (Count(request, reply, state))
            _links++;
    }

    private bool Count(ClientRequest request, ClientReply reply, object? state)
    {
        if (!reply.IsSafe)
            return false;
        if (reply.Error.Failed)
            Refuse((ImportDirectory)state!, request, reply.Error);
        else
            _made++;
        return reply.Error.IsNone;
    }

    private void AttributesAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, state, AttributesAnswered))
            return;
        if (reply.IsSafe && reply.Error.Failed)
            Refuse(((ImportDirectory)state!).Path, reply.Error, isName: false);
    }

    private void FurtherNameAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error.Failed)
            Refuse(request.Path2.Span, reply.Error);
        else if (reply.IsSafe)
            _names++;
    }

    private void ChangeAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.IsSafe && reply.Error.Failed)
            Refuse(request.Path.Span, reply.Error, isName: false);
    }

    private void ShowProgress(string what)
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        long made = Volatile.Read(ref _made);
        progress(
            string.Create(CultureInfo.InvariantCulture, $"{what}: {made} inodes, {made / seconds:0} inodes/s"), seconds);
    }
}
