using System.Text;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

/// <summary>
/// A namespace's whole tree as one line for each name: type, mode, owners, links, size, times by tick, target, attributes, and
/// which earlier name is the same file. Equal for two namespaces that behave alike.
/// </summary>
public sealed class TreeSnapshot
{
    private TreeSnapshot(SortedDictionary<string, string> lines, IReadOnlyList<TreeNode> nodes)
    {
        Lines = lines;
        Nodes = nodes;
    }

    /// <summary>Escaped path to what is there.</summary>
    public IReadOnlyDictionary<string, string> Lines { get; }

    /// <summary>What the walk found.</summary>
    public IReadOnlyList<TreeNode> Nodes { get; }

    /// <summary>Takes one.</summary>
    public static TreeSnapshot Of(INamespace names, EpochClock clock)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var nodes = new List<TreeNode>();
        var first = new Dictionary<ulong, string>();
        foreach (TreeNode node in TreeWalker.Walk(names, [(byte)'/']))
        {
            string path = Words.Escape(node.Path);
            var line = new StringBuilder(clock.Describe(node.Status));
            if (!first.TryAdd(node.Status.Inode, path))
                line.Append(" same=").Append(first[node.Status.Inode]);
            AddTarget(names, node, line);
            AddAttributes(names, node, line);
            lines.Add(path, line.ToString());
            nodes.Add(node);
        }

        return new TreeSnapshot(lines, nodes);
    }

    /// <summary>The first name that differs, with what each has there ("absent" for no such name); null when all are equal.
    /// </summary>
    public (string Path, string Here, string There)? Difference(TreeSnapshot other)
    {
        foreach (string path in Lines.Keys.Union(other.Lines.Keys).Order(StringComparer.Ordinal))
        {
            string here = Lines.GetValueOrDefault(path, "absent");
            string there = other.Lines.GetValueOrDefault(path, "absent");
            if (here != there)
                return (path, here, there);
        }

        return null;
    }

    private static void AddTarget(INamespace names, TreeNode node, StringBuilder line)
    {
        if (node.Status.Type != FileType.SymbolicLink)
            return;
        TreeWalker.Must("readlink", node.Path, names.ReadLink(Credential.Root, node.Path, out byte[] target));
        line.Append(" target=").Append(Words.Escape(target));
    }

    private static void AddAttributes(INamespace names, TreeNode node, StringBuilder line)
    {
        IoError error = names.ListXattr(Credential.Root, node.Path, follow: false, out IReadOnlyList<byte[]> found);
        TreeWalker.Must("listxattr", node.Path, error);
        foreach (byte[] name in found.OrderBy(name => Words.Escape(name), StringComparer.Ordinal))
        {
            error = names.GetXattr(Credential.Root, node.Path, name, follow: false, out byte[] value);
            TreeWalker.Must("getxattr", node.Path, error);
            line.Append(' ').Append(Words.Escape(name)).Append('=').Append(Words.Escape(value));
        }
    }
}
