namespace Engine.Metadata;

/// <summary>What becomes of a name that was promised by <see cref="NameOffered"/>: it goes where the coordinator's journal has
/// the change, and stays else.</summary>
/// <param name="Id">The change.</param>
/// <param name="IsTaken">The name goes.</param>
/// <param name="Way">Of a directory that goes, the names from the root to its new place, its new one last: the receiver may own
/// what lies in it, and has to know the way there.</param>
public sealed record NameDecision(UpdateId Id, bool IsTaken, IReadOnlyList<byte[]> Way) : Message
{
    /// <summary>A decision about what is no directory, or that it stays.</summary>
    public NameDecision(UpdateId id, bool isTaken)
        : this(id, isTaken, [])
    {
    }
}
