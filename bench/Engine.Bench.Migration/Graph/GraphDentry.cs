namespace Engine.Bench.Migration;

/// <summary>A dentry as an object: primary with its inode, remote, or null.</summary>
internal sealed class GraphDentry
{
    public byte[] Name = [];
    public uint Hash;
    public byte State;
    public ulong First;
    public ulong Last;
    public ulong Version;
    public ulong RemoteIno;
    public byte RemoteType;
    public GraphInode? Inode;

    public GraphLock Lock { get; } = new();

    public Dictionary<int, uint> Replicas { get; } = [];
}
