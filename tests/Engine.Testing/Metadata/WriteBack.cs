using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Tells a rank to write back what it changes.</summary>
/// <param name="AtOnce">As soon as it can; else when its journal is long enough.</param>
public sealed record WriteBack(bool AtOnce) : Message;
