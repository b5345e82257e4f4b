namespace Engine.Cluster;

/// <summary>Names a cluster: drawn once, when its map is made. Ends of different clusters refuse one another;
/// a client that does not know it says none, and is let in.</summary>
/// <param name="High">Upper half.</param>
/// <param name="Low">Lower half.</param>
public readonly record struct ClusterId(ulong High, ulong Low)
{
    /// <inheritdoc/>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
