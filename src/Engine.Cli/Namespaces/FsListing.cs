// What the verbs that look at a namespace write, in the words of the tools that people know. Lines go out as they are made, some
// at a time: a large tree needs memory for the directories that were asked for ahead on each level (FsTree.Foresee), no more.
// Names are escaped (NameText): one stays in its line.
using System.Globalization;
using System.Text;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>The texts of <c>ls</c>, <c>stat</c>, <c>du</c> and <c>dump</c>.</summary>
internal sealed class FsListing(FsClient client, TextWriter output, CancellationToken cancellation)
{
    private const int TextMax = 32 << 10;

    private readonly FsTree _tree = new(client);
    private readonly StringBuilder _text = new();

    /// <summary>Names as <c>LC_ALL=C ls -1A</c> writes them, below one another; with <paramref name="isLong"/> with attributes,
    /// with <paramref name="isRecursive"/> of all directories below, each with its heading.</summary>
    public void List(ReadOnlyMemory<byte> start, bool isLong, bool isRecursive) =>
        WriteOut(() => ListFrom(start, isLong, isRecursive));

    private void ListFrom(ReadOnlyMemory<byte> start, bool isLong, bool isRecursive)
    {
        FileStat stat = _tree.Stat("ls", start);
        if (stat.Type != InodeType.Directory)
        {
            WriteName(new FsNode(start, start, stat), isLong);
            return;
        }

        Stack<ReadOnlyMemory<byte>> pending = new();
        pending.Push(start);
        bool isFirst = true;
        while (pending.TryPop(out ReadOnlyMemory<byte> directory))
        {
            cancellation.ThrowIfCancellationRequested();
            _tree.Foresee(directory, pending);
            if (isRecursive)
                Write((isFirst ? string.Empty : "\n") + FsPath.Show(directory.Span) + ":\n");
            isFirst = false;
            List<FsNode> nodes = isLong
                ? _tree.ListWithStat("ls", directory)
                : [.. _tree.List("ls", directory).Select(item => new FsNode(
                    FsPath.Join(directory.Span, item.Name.Span), item.Name, new FileStat { Type = item.Type }))];
            foreach (FsNode node in nodes)
                WriteName(node, isLong);
            for (int index = nodes.Count - 1; isRecursive && index >= 0; index--)
            {
                if (nodes[index].Stat.Type == InodeType.Directory)
                    pending.Push(nodes[index].Path);
            }
        }
    }

    /// <summary>Everything that is known of one inode.</summary>
    public void Stat(ReadOnlyMemory<byte> path) => WriteOut(() => StatOne(path));

    private void StatOne(ReadOnlyMemory<byte> path)
    {
        FileStat stat = _tree.Stat("stat", path);
        Line($"path      {FsPath.Show(path.Span)}{TargetOf("stat", path, stat)}");
        Line($"type      {WordOf(stat.Type)}");
        Line($"inode     {stat.Ino}");
        Line($"mode      {Octal(stat.Mode)} ({ModeOf(stat)})");
        Line($"owner     {stat.Uid}:{stat.Gid}");
        Line($"links     {stat.Links}");
        Line($"size      {stat.Size} {(stat.Type == InodeType.Directory ? "entries" : "bytes")}");
        Line($"accessed  {TimeOf(stat.AccessedAt)}");
        Line($"modified  {TimeOf(stat.ModifiedAt)}");
        Line($"changed   {TimeOf(stat.ChangedAt)}");
        Line($"version   {stat.ChangeCount}");
        if (stat.Type == InodeType.Directory)
            Line($"below     {stat.RecursiveFiles} files, {stat.RecursiveDirectories} directories, {stat.RecursiveBytes} bytes "
                + "(as last folded into it: du counts anew; files with several names aside)");
    }

    /// <summary>
    /// Apparent sizes as <c>du -b</c> counts them, but that directories themselves count nothing: for each directory, behind
    /// those in it, the bytes of everything below and its path. A file with several names counts where the walk meets it first.
    /// </summary>
    public void Usage(ReadOnlyMemory<byte> start, bool isSummary) => WriteOut(() =>
    {
        FileStat stat = _tree.Stat("du", start);
        long bytes = stat.Type == InodeType.Directory ? UsageBelow(start, isSummary, []) : stat.Size;
        if (isSummary || stat.Type != InodeType.Directory)
            Line($"{bytes}\t{FsPath.Show(start.Span)}");
    });

    /// <summary>A line for each name from the path on: type, mode, links, owner, size, time, inode, path, target, attributes.
    /// </summary>
    public void Dump(ReadOnlyMemory<byte> start) => WriteOut(() => DumpFrom(start));

    private void DumpFrom(ReadOnlyMemory<byte> start)
    {
        Stack<FsNode> pending = new();
        pending.Push(new FsNode(start, start, _tree.Stat("dump", start)));
        while (pending.TryPop(out FsNode node))
        {
            cancellation.ThrowIfCancellationRequested();
            WriteDump(node);
            if (node.Stat.Type != InodeType.Directory)
                continue;
            List<FsNode> children = _tree.ListWithStat("dump", node.Path);
            for (int index = children.Count - 1; index >= 0; index--)
                pending.Push(children[index]);
        }
    }

    private long UsageBelow(ReadOnlyMemory<byte> directory, bool isSummary, HashSet<Ino> seen)
    {
        cancellation.ThrowIfCancellationRequested();
        long bytes = 0;
        List<FsNode> nodes = _tree.ListWithStat("du", directory);
        for (int index = 0; index < nodes.Count; index++)
        {
            FsNode node = nodes[index];
            if (node.Stat.Type == InodeType.Directory)
            {
                _tree.Foresee(node.Path, DirectoriesBehind(nodes, index));
                bytes += UsageBelow(node.Path, isSummary, seen);
            }
            else if (node.Stat.Links <= 1 || seen.Add(node.Stat.Ino))
                bytes += node.Stat.Size;
        }

        if (!isSummary)
            Line($"{bytes}\t{FsPath.Show(directory.Span)}");
        return bytes;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> DirectoriesBehind(List<FsNode> nodes, int index) =>
        nodes.Skip(index + 1).Where(node => node.Stat.Type == InodeType.Directory).Select(node => node.Path);

    private void WriteName(in FsNode node, bool isLong)
    {
        string name = FsPath.Show(node.Name.Span);
        if (!isLong)
        {
            Write(name + "\n");
            return;
        }

        FileStat stat = node.Stat;
        string target = TargetOf("ls", node.Path, stat);
        Line($"{ModeOf(stat)} {stat.Links,4} {stat.Uid,6} {stat.Gid,6} {stat.Size,12} {TimeOf(stat.ModifiedAt)} {name}{target}");
    }

    private void WriteDump(in FsNode node)
    {
        FileStat stat = node.Stat;
        string target = TargetOf("dump", node.Path, stat, escapesBlanks: true);
        string path = FsPath.Show(node.Path.Span, escapesBlanks: true);
        Line($"{WordOf(stat.Type)} {Octal(stat.Mode)} {stat.Links} {stat.Uid}:{stat.Gid} {stat.Size} {TimeOf(stat.ModifiedAt)} "
            + $"{stat.Ino} {path}{target}");
        ClientReply names = client.Call(FsTree.Ask(ClientOp.ListXattr, node.Path)).Must("dump", node.Path, client.Damage);
        foreach (string name in FsXattr.NamesOf(names.Value.Span))
        {
            ClientReply value = client.Call(FsTree.Ask(ClientOp.GetXattr, node.Path) with { XattrName = name });
            if (value.Error.IsNone)
                Line($"  {NameText.Escape(name)}={FsXattr.Show(value.Value.Span)}");
        }
    }

    private string TargetOf(string verb, ReadOnlyMemory<byte> path, in FileStat stat, bool escapesBlanks = false) =>
        stat.Type == InodeType.SymbolicLink
            ? " -> " + FsPath.Show(_tree.ReadLink(verb, path).Span, escapesBlanks)
            : string.Empty;

    private void Line(FormattableString line) => Write(line.ToString(CultureInfo.InvariantCulture) + "\n");

    private void Line(string line) => Write(line + "\n");

    private void Write(string text)
    {
        _text.Append(text);
        if (_text.Length >= TextMax)
            WriteOut();
    }

    private void WriteOut()
    {
        output.Write(_text);
        _text.Clear();
    }

    /// <summary>However it ends, what was found is written.</summary>
    private void WriteOut(Action work)
    {
        try
        {
            work();
        }
        finally
        {
            WriteOut();
        }
    }

    private static string WordOf(InodeType type) => type switch
    {
        InodeType.File => "file",
        InodeType.Directory => "directory",
        InodeType.SymbolicLink => "link",
        _ => "special",
    };

    private static string Octal(uint mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    /// <summary>As <c>ls -l</c> writes it.</summary>
    private static string ModeOf(in FileStat stat)
    {
        Span<char> text = stackalloc char[10];
        text[0] = stat.Type switch
        {
            InodeType.Directory => 'd',
            InodeType.SymbolicLink => 'l',
            InodeType.File => '-',
            _ => '?',
        };
        for (int bit = 0; bit < 9; bit++)
            text[bit + 1] = ((stat.Mode >> (8 - bit)) & 1) == 0 ? '-' : "rwx"[bit % 3];
        Special(text, 3, stat.Mode & 0x800, 's');
        Special(text, 6, stat.Mode & 0x400, 's');
        Special(text, 9, stat.Mode & 0x200, 't');
        return new string(text);
    }

    private static void Special(Span<char> text, int at, uint bit, char letter)
    {
        if (bit != 0)
            text[at] = text[at] == 'x' ? letter : char.ToUpperInvariant(letter);
    }

    private static string TimeOf(long nanos)
    {
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(
            nanos / TimeSpan.NanosecondsPerTick, -DateTimeOffset.UnixEpoch.Ticks, DateTimeOffset.MaxValue.Ticks
                - DateTimeOffset.UnixEpoch.Ticks));
        return time.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
    }
}
