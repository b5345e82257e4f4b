namespace Engine.Bench.Migration;

/// <summary>The encoded sample, decoded into objects with what it takes to find doubles: the names and the inodes.</summary>
internal sealed class DecodeGraph : DirectoryContender
{
    private readonly Dictionary<string, GraphDentry> _names = [];
    private readonly Dictionary<ulong, GraphInode> _inos = [];
    private readonly GraphReader _reader;
    private readonly bool _sorts;

    /// <summary>With <paramref name="sorts"/> the entries are put into readdir order too.</summary>
    public DecodeGraph(bool sorts)
        : base("object graph")
    {
        _sorts = sorts;
        using var writer = new GraphWriter();
        _reader = new GraphReader(writer.Write(GraphMaker.Make()).ToArray());
    }

    public override void Run()
    {
        GraphDir dir = _reader.Read(_names, _inos);
        if (_sorts)
            dir.Entries.Sort(static (one, other) => one.Hash.CompareTo(other.Hash));
    }

    public override void Clean()
    {
        _names.Clear();
        _inos.Clear();
    }

    public override void Dispose()
    {
        _reader.Dispose();
        base.Dispose();
    }
}
