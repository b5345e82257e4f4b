namespace Engine.Metadata;

/// <summary>What a <see cref="DiscoverResponder"/> asks of the locks.</summary>
public interface IDiscoverHost
{
    /// <summary>Is the entry exclusively locked?</summary>
    bool IsXlocked(NodeId node);
}
