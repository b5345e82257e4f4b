namespace Engine.Bench.Migration;

/// <summary>As <see cref="Metadata.FragStat"/>.</summary>
internal sealed class GraphFragStat
{
    public ulong Version;
    public long Mtime;
    public ulong ChangeAttr;
    public uint Files;
    public uint Subdirs;
}
