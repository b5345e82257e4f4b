namespace Engine.Bench.Migration;

/// <summary>A lock as an object.</summary>
internal sealed class GraphLock
{
    public byte State;

    public List<int> Gather { get; } = [];
}
