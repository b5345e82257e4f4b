using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>Walks a namespace by path, in the order of the names' bytes.</summary>
internal sealed class FsTree(FsClient client)
{
    private const int ListingMax = 4096;

    /// <summary>Directories asked for at once, before they are wanted.</summary>
    private const int ForeseenMax = 64;

    /// <summary>Answers that were asked for ahead, by the very path that was named.</summary>
    private readonly Dictionary<ReadOnlyMemory<byte>, ClientReply> _foreseen = [];

    /// <summary>A request about a path; the last symbolic link is not followed.</summary>
    public static ClientRequest Ask(ClientOp op, ReadOnlyMemory<byte> path) => new(0, op) { Path = path };

    /// <summary>Attributes of a path.</summary>
    public FileStat Stat(string verb, ReadOnlyMemory<byte> path) =>
        client.Call(Ask(ClientOp.GetAttributes, path)).Must(client, verb, path).Stat;

    /// <summary>Asks for the beginning of a directory that is listed next, unless that was done, and for those behind it, all at
    /// once: one after another each would wait for its own way into the rank and the store.</summary>
    public void Foresee(ReadOnlyMemory<byte> directory, IEnumerable<ReadOnlyMemory<byte>> following)
    {
        if (_foreseen.ContainsKey(directory))
            return;
        ReadOnlyMemory<byte>[] next =
            [directory, .. following.Take(ForeseenMax - 1).Where(path => !_foreseen.ContainsKey(path))];
        ClientReply[] replies = client.CallAll([.. next.Select(path => AskList(path, default))]);
        for (int index = 0; index < next.Length; index++)
            _foreseen.Add(next[index], replies[index]);
    }

    /// <summary>Entries of a directory, sorted.</summary>
    public List<DirectoryItem> List(string verb, ReadOnlyMemory<byte> path)
    {
        List<DirectoryItem> items = [];
        DirectoryCursor cursor = default;
        while (true)
        {
            if (!_foreseen.Remove(path, out ClientReply? reply))
                reply = client.Call(AskList(path, cursor));
            reply.Must(client, verb, path);
            items.AddRange(reply.Items);
            if (reply.IsEnd)
                break;
            cursor = reply.Cursor;
        }

        items.Sort((left, right) => left.Name.Span.SequenceCompareTo(right.Name.Span));
        return items;
    }

    /// <summary>Entries of a directory with their attributes, sorted.</summary>
    public List<FsNode> ListWithStat(string verb, ReadOnlyMemory<byte> path)
    {
        List<DirectoryItem> items = List(verb, path);
        byte[][] paths = [.. items.Select(item => FsPath.Join(path.Span, item.Name.Span))];
        ClientReply[] replies = client.CallAll([.. paths.Select(child => Ask(ClientOp.GetAttributes, child))]);
        List<FsNode> nodes = new(items.Count);
        for (int index = 0; index < items.Count; index++)
        {
            FileStat stat = replies[index].Must(verb, paths[index], client.Damage).Stat;
            nodes.Add(new FsNode(paths[index], items[index].Name, stat));
        }

        return nodes;
    }

    private static ClientRequest AskList(ReadOnlyMemory<byte> path, DirectoryCursor cursor) =>
        Ask(ClientOp.ReadDirectory, path) with { Cursor = cursor, Limit = ListingMax };

    /// <summary>Target of a symbolic link.</summary>
    public ReadOnlyMemory<byte> ReadLink(string verb, ReadOnlyMemory<byte> path) =>
        client.Call(Ask(ClientOp.ReadLink, path)).Must(verb, path, client.Damage).Value;
}
