using Engine.Buffers;
using Engine.Cli.Namespaces;
using Engine.Devices;

namespace Engine.Bench.Migration;

/// <summary>What an import asks the file system, and nothing else: the floor below it.</summary>
internal static class TreeWalk
{
    /// <summary>Entries met, the top among them.</summary>
    public static int Run(byte[] top)
    {
        int count = 1;
        var pending = new Queue<byte[]>([top]);
        List<byte[]> names = [];
        while (pending.TryDequeue(out byte[]? path))
        {
            IoError error = HostDirectory.Open(path, out HostDirectory? directory);
            if (error.Failed)
                throw new IOException($"a directory of the tree cannot be opened: {error.Name}");
            using (directory)
            {
                names.Clear();
                Check(directory!.ReadNames(names));
                foreach (byte[] name in names)
                    Look(directory, path, name, pending);
            }

            count += names.Count;
        }

        return count;
    }

    private static void Look(HostDirectory directory, byte[] path, byte[] name, Queue<byte[]> pending)
    {
        Check(directory.Stat(name, out HostStatus status));
        uint type = SourceType.Of(status);
        if (type == SourceType.Directory)
            pending.Enqueue([.. path, (byte)'/', .. name]);
        if (type == SourceType.Link)
            Check(directory.ReadLink(name, out _));
        if (type is SourceType.Regular or SourceType.Directory)
            Check(directory.ListXattrs(name, out _));
    }

    private static void Check(IoError error)
    {
        if (error.Failed)
            throw new IOException($"the tree cannot be read: {error.Name}");
    }
}
