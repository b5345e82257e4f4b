namespace Engine.Metadata;

/// <summary>What becomes of a name that was promised by <see cref="NameOffered"/>: it goes where the coordinator's journal has
/// the change, and stays else.</summary>
/// <param name="Id">The change.</param>
/// <param name="IsTaken">The name goes.</param>
public sealed record NameDecision(UpdateId Id, bool IsTaken) : Message;
