using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank that has begun anew, before it serves: hand over what clients came back to you with that is mine. Answered by
/// <see cref="GatherAllCapsAck"/>, behind every <see cref="ExportCaps"/>. Source: migrator specification, 4.4.</summary>
/// <param name="Tid">Names the question; grows.</param>
public sealed record GatherAllCaps(ulong Tid) : Message;
