using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>Walks a namespace by path, in the order of the names' bytes.</summary>
internal sealed class FsTree(FsClient client)
{
    private const int ListingMax = 4096;

    /// <summary>A request about a path; the last symbolic link is not followed.</summary>
    public static ClientRequest Ask(ClientOp op, ReadOnlyMemory<byte> path) => new(0, op) { Path = path };

    /// <summary>Attributes of a path.</summary>
    public FileStat Stat(string verb, ReadOnlyMemory<byte> path) =>
        client.Call(Ask(ClientOp.GetAttributes, path)).Must(client, verb, path).Stat;

    /// <summary>Entries of a directory, sorted.</summary>
    public List<DirectoryItem> List(string verb, ReadOnlyMemory<byte> path)
    {
        List<DirectoryItem> items = [];
        DirectoryCursor cursor = default;
        while (true)
        {
            ClientReply reply = client.Call(Ask(ClientOp.ReadDirectory, path) with { Cursor = cursor, Limit = ListingMax });
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

    /// <summary>Target of a symbolic link.</summary>
    public ReadOnlyMemory<byte> ReadLink(string verb, ReadOnlyMemory<byte> path) =>
        client.Call(Ask(ClientOp.ReadLink, path)).Must(verb, path, client.Damage).Value;
}
