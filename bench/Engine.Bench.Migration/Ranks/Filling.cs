using System.Globalization;
using System.Text;
using Engine.Cli.Clusters;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Makes trees of directories of a thousand inodes.</summary>
internal static class Filling
{
    /// <summary>Inodes of a directory, itself included.</summary>
    public const int DirectoryInodes = 1000;

    /// <summary>Makes a directory and fills it. Opened files stay open: the client has a capability on each.</summary>
    /// <exception cref="IOException">Something cannot be made, or was given no capability.</exception>
    public static void Make(ClusterFsClient client, string root, int directories, bool opens)
    {
        client.Submit(Of(ClientOp.MakeDirectory, root), Expect);
        client.WaitForAll();
        OpenFlags flags = opens ? OpenFlags.Keep | OpenFlags.Read | OpenFlags.OrOpen : OpenFlags.None;
        for (int directory = 0; directory < directories; directory++)
        {
            string path = PathOf(root, directory);
            client.Submit(Of(ClientOp.MakeDirectory, path), Expect);
            client.WaitForAll();
            for (int file = 0; file < DirectoryInodes - 1; file++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{path}/f{file}");
                client.Submit(Of(ClientOp.Create, name) with { Flags = flags }, opens ? ExpectOpen : Expect);
            }
        }

        client.WaitForAll();
    }

    /// <summary>One of the directories in such a tree.</summary>
    public static string PathOf(string root, int directory) =>
        string.Create(CultureInfo.InvariantCulture, $"{root}/d{directory}");

    /// <summary>A request by path.</summary>
    public static ClientRequest Of(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static void Expect(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error.Failed)
            throw new IOException($"{Encoding.UTF8.GetString(request.Path.Span)} cannot be made: {reply.Error.Name}");
    }

    private static void ExpectOpen(ClientRequest request, ClientReply reply, object? state)
    {
        Expect(request, reply, state);
        if (reply.Caps is null)
            throw new IOException($"{Encoding.UTF8.GetString(request.Path.Span)}: no capability came");
    }
}
