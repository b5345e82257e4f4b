namespace Engine.Bench.Migration;

/// <summary>As <see cref="Metadata.RecursiveStat"/>.</summary>
internal sealed class GraphRecursiveStat
{
    public ulong Version;
    public long Ctime;
    public ulong Bytes;
    public ulong Files;
    public uint Subdirs;
    public uint SnapRealms;
}
