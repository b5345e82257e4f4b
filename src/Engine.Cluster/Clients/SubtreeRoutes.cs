using System.Text;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Which rank a client asks first, by what ranks sent it on to: a guess, since subtrees move.</summary>
internal sealed class SubtreeRoutes
{
    private const int Max = 4096;

    private readonly Dictionary<(Ino Base, string Directory), RankId> _routes = [];

    /// <summary>The rank of the nearest directory on the way of which anything is known; rank 0 has the root.</summary>
    public RankId Find(ClientRequest request)
    {
        string directory = DirectoryOf(request);
        while (_routes.Count > 0)
        {
            if (_routes.TryGetValue((request.Base, directory), out RankId rank))
                return rank;
            if (directory.Length == 0)
                break;
            directory = Above(directory);
        }

        return new RankId(0);
    }

    /// <summary>A rank sent a request on.</summary>
    public void Learn(ClientRequest request, RankId to)
    {
        if (_routes.Count >= Max)
            _routes.Clear();
        _routes[(request.Base, DirectoryOf(request))] = to;
    }

    /// <summary>A rank has nothing any more.</summary>
    public void Forget(RankId rank)
    {
        foreach (((Ino, string) directory, RankId known) in _routes)
        {
            if (known == rank)
                _routes.Remove(directory);
        }
    }

    private static string DirectoryOf(ClientRequest request) => Above(Encoding.UTF8.GetString(request.Path.Span).TrimEnd('/'));

    private static string Above(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];
}
