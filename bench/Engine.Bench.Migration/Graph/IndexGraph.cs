using System.Text;

namespace Engine.Bench.Migration;

/// <summary>Decoded objects, indexed: names, inode numbers, readdir order.</summary>
internal sealed class IndexGraph() : DirectoryContender("object graph")
{
    private readonly GraphDir _dir = GraphMaker.Make();
    private readonly Dictionary<string, GraphDentry> _names = [];
    private readonly Dictionary<ulong, GraphInode> _inos = [];
    private readonly List<GraphDentry> _sorted = [];

    public override void Run()
    {
        foreach (GraphDentry dentry in _dir.Entries)
        {
            _names.Add(Encoding.UTF8.GetString(dentry.Name), dentry);
            if (dentry.Inode is not null)
                _inos.Add(dentry.Inode.Ino, dentry.Inode);
            _sorted.Add(dentry);
        }

        _sorted.Sort(static (one, other) => one.Hash.CompareTo(other.Hash));
    }

    public override void Clean()
    {
        _names.Clear();
        _inos.Clear();
        _sorted.Clear();
    }
}
