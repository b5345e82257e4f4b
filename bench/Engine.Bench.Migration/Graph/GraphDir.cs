namespace Engine.Bench.Migration;

/// <summary>A dirfrag as objects: the fields of <see cref="Metadata.DirRecord"/>.</summary>
internal sealed class GraphDir
{
    public uint State;
    public byte Replication;
    public byte Damage;
    public ulong First;
    public ulong Version;
    public ulong CommittedVersion;
    public ulong ReplicatedTo;

    public GraphFragStat Stat { get; } = new();

    public GraphFragStat AccountedStat { get; } = new();

    public GraphRecursiveStat Recursive { get; } = new();

    public GraphRecursiveStat AccountedRecursive { get; } = new();

    public float[] Load { get; } = new float[5];

    public float[] SubtreeLoad { get; } = new float[5];

    public Dictionary<int, uint> Replicas { get; } = [];

    public List<GraphDentry> Entries { get; } = [];
}
