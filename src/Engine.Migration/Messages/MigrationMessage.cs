using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A message of one migration.</summary>
/// <param name="Id">Which.</param>
/// <param name="Base">The root of what moves.</param>
public abstract record MigrationMessage(MigrationId Id, DirFrag Base) : Message;
