using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The answer to <see cref="GatherAllCaps"/>: the clients have come back, and nothing is left here that was asked for.
/// </summary>
/// <param name="Tid">That of the question.</param>
public sealed record GatherAllCapsAck(ulong Tid) : Message;
