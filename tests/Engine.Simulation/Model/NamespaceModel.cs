// The reference namespace: what a sequential POSIX file system answers, for comparison with ranks and with ext4.
//
// Ownership: one thread, one model. Inodes live while they have a name or are open.
// Invariants: the directories form a tree below Root; Nlink of a directory is 2 and one for each directory in it, of anything
// else the number of its names; Parent of a directory is the one that holds its name.
// Where POSIX leaves the order of errors open, the order is Linux's: search permission of the parents first, then existence,
// then write permission, then the kind of what is there.
using System.Text;
using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>
/// A sequential namespace in memory: the oracle of simulations and differential tests. Operations take (directory, name) or an
/// inode, and answer with an errno. Numbers of new inodes are chosen by the model, or given by the caller where something else
/// chose them.
/// </summary>
public sealed partial class NamespaceModel
{
    /// <summary>Number of the root directory.</summary>
    public const ulong Root = 1;

    private const uint Execute = 1;
    private const uint Write = 2;
    private const uint Read = 4;
    private const uint SetUser = 0x800;
    private const uint SetGroup = 0x400;
    private const uint Sticky = 0x200;
    private const uint GroupExecute = 8;
    private const uint ModeMask = 0xFFF;

    private readonly SortedDictionary<ulong, Node> _nodes = [];
    private readonly NamespaceLimits _limits;
    private ulong _nextIno = Root + 1;

    /// <summary>A namespace that has a root directory of mode 0755, owned by user 0.</summary>
    public NamespaceModel(NamespaceLimits? limits = null)
    {
        _limits = limits ?? new NamespaceLimits();
        _nodes.Add(Root, new Node(Root, NodeKind.Directory, 0x1ED, 0, 0) { Nlink = 2, Parent = Root });
    }

    /// <summary>Inodes that exist, nameless open ones included.</summary>
    public int InodeCount => _nodes.Count;

    /// <summary>Is there an inode of that number?</summary>
    public bool Exists(ulong ino) => _nodes.ContainsKey(ino);

    /// <summary>Finds a name. ENOTDIR, EACCES, ENAMETOOLONG, ENOENT.</summary>
    public IoError Lookup(ulong directory, string name, ModelCredential who, out ulong ino)
    {
        ino = 0;
        IoError error = Enter(directory, who, out Node dir);
        if (error.IsNone && name is "." or "..")
            ino = name == "." ? directory : dir.Parent;
        else if (error.IsNone)
            error = Find(dir, name, out ino);
        return error;
    }

    /// <summary>Attributes of an inode; ENOENT when there is none.</summary>
    public IoError Stat(ulong ino, out ModelStat stat)
    {
        stat = default;
        if (!_nodes.TryGetValue(ino, out Node? node))
            return IoError.NoEntry;
        stat = new ModelStat(
            ino, node.Kind, node.Mode, node.Uid, node.Gid, node.Nlink, node.Size, node.ModifiedMicros);
        return IoError.None;
    }

    /// <summary>The names in a directory in ordinal order, without "." and "..". ENOTDIR, EACCES.</summary>
    public IoError ReadDirectory(ulong directory, ModelCredential who, out IReadOnlyList<(string Name, ulong Ino)> entries)
    {
        entries = [];
        IoError error = Get(directory, out Node dir);
        if (error.IsNone && dir.Kind != NodeKind.Directory)
            error = ModelErrors.NotDirectory;
        if (error.IsNone && !May(dir, who, Read))
            error = ModelErrors.Access;
        if (error.IsNone)
            entries = [.. dir.Entries.Select(entry => (entry.Key, entry.Value))];
        return error;
    }

    /// <summary>A link's target. EINVAL for anything else.</summary>
    public IoError ReadLink(ulong ino, out string target)
    {
        IoError error = Get(ino, out Node node);
        target = error.IsNone ? node.Target : "";
        return error.Failed ? error : node.Kind == NodeKind.Symlink ? IoError.None : IoError.Invalid;
    }

    /// <summary>Holds an inode open: it stays when it loses its last name.</summary>
    public IoError Open(ulong ino)
    {
        IoError error = Get(ino, out Node node);
        if (error.IsNone)
            node.OpenCount++;
        return error;
    }

    /// <summary>Ends one <see cref="Open"/>.</summary>
    public void Close(ulong ino)
    {
        Node node = _nodes[ino];
        Invariant.That(node.OpenCount > 0);
        node.OpenCount--;
        Forget(node);
    }

    /// <summary>Sums over everything below a directory.</summary>
    public ModelTotals Totals(ulong directory)
    {
        ModelTotals totals = default;
        foreach (ulong ino in _nodes[directory].Entries.Values)
        {
            Node node = _nodes[ino];
            if (node.Kind != NodeKind.Directory)
            {
                totals = new ModelTotals(totals.Files + 1, totals.Directories, totals.Bytes + node.Size);
                continue;
            }

            ModelTotals below = Totals(ino);
            totals = new ModelTotals(
                totals.Files + below.Files, totals.Directories + 1 + below.Directories, totals.Bytes + below.Bytes);
        }

        return totals;
    }

    /// <summary>One line for each name, in order: path, kind, mode, owner, links, size, target. Inode numbers are left out, so
    /// that namespaces of different makers can be compared.</summary>
    public IEnumerable<string> Dump() => Dump("", Root);

    private IEnumerable<string> Dump(string path, ulong directory)
    {
        foreach ((string name, ulong ino) in _nodes[directory].Entries)
        {
            Node node = _nodes[ino];
            string owner = $"{Convert.ToString(node.Mode, 8)} {node.Uid}:{node.Gid}";
            yield return $"{path}/{name} {node.Kind} {owner} nlink={node.Nlink} size={node.Size} {node.Target}".TrimEnd();
            if (node.Kind != NodeKind.Directory)
                continue;
            foreach (string line in Dump($"{path}/{name}", ino))
                yield return line;
        }
    }

    private IoError Get(ulong ino, out Node node)
    {
        bool isThere = _nodes.TryGetValue(ino, out Node? found);
        node = found ?? _nodes[Root];
        return isThere ? IoError.None : IoError.NoEntry;
    }

    /// <summary>Search permission, which every operation on a name needs first.</summary>
    private IoError Enter(ulong directory, ModelCredential who, out Node dir)
    {
        IoError error = Get(directory, out dir);
        if (error.Failed)
            return error;
        if (dir.Kind != NodeKind.Directory)
            return ModelErrors.NotDirectory;
        return May(dir, who, Execute) ? IoError.None : ModelErrors.Access;
    }

    private IoError Find(Node dir, string name, out ulong ino)
    {
        ino = 0;
        if (name.Length == 0)
            return IoError.NoEntry;
        if (Encoding.UTF8.GetByteCount(name) > _limits.NameBytesMax)
            return ModelErrors.NameTooLong;
        return dir.Entries.TryGetValue(name, out ino) ? IoError.None : IoError.NoEntry;
    }

    private static bool May(Node node, ModelCredential who, uint bits)
    {
        if (who.Uid == 0)
            return node.Kind == NodeKind.Directory || (bits & Execute) == 0 || (node.Mode & 0x49) != 0;
        int shift = who.Uid == node.Uid ? 6 : who.IsIn(node.Gid) ? 3 : 0;
        return ((node.Mode >> shift) & bits) == bits;
    }

    /// <summary>In a sticky directory, only the owner of the entry or of the directory may take it away.</summary>
    private static bool IsKept(Node dir, Node node, ModelCredential who) =>
        (dir.Mode & Sticky) != 0 && who.Uid != 0 && who.Uid != node.Uid && who.Uid != dir.Uid;

    private void Forget(Node node)
    {
        if (node.Nlink == 0 && node.OpenCount == 0)
            _nodes.Remove(node.Ino);
    }

    private sealed class Node(ulong ino, NodeKind kind, uint mode, uint uid, uint gid)
    {
        public ulong Ino => ino;

        public NodeKind Kind => kind;

        public uint Mode { get; set; } = mode;

        public uint Uid { get; set; } = uid;

        public uint Gid { get; set; } = gid;

        public uint Nlink { get; set; }

        public long Size { get; set; }

        public long ModifiedMicros { get; set; }

        public string Target { get; init; } = "";

        public ulong Parent { get; set; }

        public int OpenCount { get; set; }

        public SortedDictionary<string, ulong> Entries { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, byte[]> Xattrs { get; } = new(StringComparer.Ordinal);
    }
}
