using System.Globalization;
using System.Text;

namespace Engine.Testing.Namespace;

/// <summary>The texts of <c>ls</c> and <c>du</c> of any namespace.</summary>
public static class TreeListing
{
    /// <summary>
    /// What <c>LC_ALL=C ls -1AR</c> writes in the directory <paramref name="start"/>: a heading for each directory, below it its
    /// names in the order of their bytes, an empty line between directories.
    /// </summary>
    public static void WriteNames(INamespace names, byte[] start, Stream output)
    {
        // The directories still to come, nearest first, each with the heading that ls gives it.
        var pending = new Stack<(byte[] Path, byte[] Heading)>();
        pending.Push((start, "."u8.ToArray()));
        bool isFirst = true;
        while (pending.TryPop(out (byte[] Path, byte[] Heading) directory))
        {
            if (!isFirst)
                output.WriteByte((byte)'\n');
            isFirst = false;
            output.Write(directory.Heading);
            output.Write(":\n"u8);
            List<DirectoryEntry> entries = TreeWalker.Sorted(names, directory.Path);
            foreach (DirectoryEntry entry in entries)
            {
                output.Write(entry.Name);
                output.WriteByte((byte)'\n');
            }

            foreach (DirectoryEntry entry in Enumerable.Reverse(entries).Where(entry => entry.Type == FileType.Directory))
                pending.Push((TreeWalker.Join(directory.Path, entry.Name), TreeWalker.Join(directory.Heading, entry.Name)));
        }
    }

    /// <summary>
    /// Apparent sizes as <c>du -b</c> counts them, except that a directory itself counts 0, since namespaces differ in that: for
    /// each directory, after those in it, the bytes of everything below, a tab, and its path from <paramref name="start"/>. A
    /// file with several names counts once, where the walk in the order of the names' bytes meets it first.
    /// </summary>
    /// <returns>The totals.</returns>
    public static DiskUsage WriteUsage(INamespace names, byte[] start, Stream output)
    {
        var usage = new DiskUsage();
        var seen = new HashSet<ulong>();
        var open = new Stack<(byte[] Path, int Depth, long Bytes)>();
        foreach (TreeNode node in TreeWalker.Walk(names, start))
        {
            while (open.Count > 0 && open.Peek().Depth >= node.Depth)
                Finish(open, output);
            if (node.Status.Type == FileType.Directory)
            {
                usage.Directories++;
                open.Push((Heading(start, node.Path), node.Depth, 0));
                continue;
            }

            usage.Names++;
            if (node.Status.Links > 1 && !seen.Add(node.Status.Inode))
                continue;
            usage.Files++;
            usage.Bytes += node.Status.Size;
            if (open.TryPop(out (byte[] Path, int Depth, long Bytes) directory))
                open.Push(directory with { Bytes = directory.Bytes + node.Status.Size });
        }

        while (open.Count > 0)
            Finish(open, output);
        return usage;
    }

    private static void Finish(Stack<(byte[] Path, int Depth, long Bytes)> open, Stream output)
    {
        (byte[] path, int _, long bytes) = open.Pop();
        output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes}\t")));
        output.Write(path);
        output.WriteByte((byte)'\n');
        if (open.TryPop(out (byte[] Path, int Depth, long Bytes) parent))
            open.Push(parent with { Bytes = parent.Bytes + bytes });
    }

    private static byte[] Heading(byte[] start, byte[] path)
    {
        ReadOnlySpan<byte> below = path.AsSpan(Math.Min(start.Length, path.Length));
        return below.IsEmpty || below[0] == (byte)'/' ? [(byte)'.', .. below] : TreeWalker.Join("."u8, below);
    }
}
