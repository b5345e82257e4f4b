namespace Engine.Metadata;

/// <summary>Answers a <see cref="NameDecision"/> by which a name goes: the sender's journal has it, and asks no more.</summary>
/// <param name="Id">The change.</param>
public sealed record NameGone(UpdateId Id) : Message;
