using Engine.Buffers;

namespace Engine.Testing.Namespace;

/// <summary>Walks a namespace as root, in the order of the names' bytes, a directory before what is in it.</summary>
public static class TreeWalker
{
    /// <summary>Everything from <paramref name="start"/> on, itself included.</summary>
    /// <exception cref="IOException">An operation failed: nothing may be missing silently.</exception>
    public static IEnumerable<TreeNode> Walk(INamespace names, byte[] start)
    {
        var pending = new Stack<TreeNode>();
        pending.Push(new TreeNode(start, 0, StatusOf(names, start)));
        while (pending.TryPop(out TreeNode node))
        {
            yield return node;
            if (node.Status.Type != FileType.Directory)
                continue;
            List<DirectoryEntry> children = Sorted(names, node.Path);
            for (int i = children.Count - 1; i >= 0; i--)
            {
                byte[] path = Join(node.Path, children[i].Name);
                pending.Push(new TreeNode(path, node.Depth + 1, StatusOf(names, path)));
            }
        }
    }

    /// <summary>The entries of a directory in the order of their names' bytes.</summary>
    public static List<DirectoryEntry> Sorted(INamespace names, byte[] directory)
    {
        Must("readdir", directory, names.ReadDirectory(Credential.Root, directory, out IReadOnlyList<DirectoryEntry> entries));
        List<DirectoryEntry> sorted = [.. entries];
        sorted.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return sorted;
    }

    /// <summary>A child's path.</summary>
    public static byte[] Join(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name) =>
        directory.EndsWith("/"u8) ? [.. directory, .. name] : [.. directory, (byte)'/', .. name];

    /// <summary>Removes everything in a directory, but not the directory.</summary>
    public static void RemoveAll(INamespace names, ReadOnlySpan<byte> directory)
    {
        foreach (DirectoryEntry entry in Sorted(names, directory.ToArray()))
        {
            byte[] path = Join(directory, entry.Name);
            if (entry.Type != FileType.Directory)
            {
                Must("unlink", path, names.Unlink(Credential.Root, path));
                continue;
            }

            RemoveAll(names, path);
            Must("rmdir", path, names.RemoveDirectory(Credential.Root, path));
        }
    }

    /// <summary>The status of a name; it has to have one.</summary>
    public static FileStatus StatusOf(INamespace names, byte[] path)
    {
        Must("lstat", path, names.Stat(Credential.Root, path, follow: false, out FileStatus status));
        return status;
    }

    internal static void Must(string what, ReadOnlySpan<byte> path, IoError error)
    {
        if (error.Failed)
            throw new IOException($"{what} {Words.Escape(path)}: {Errno.NameOf(error)}");
    }
}
