using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A message of one migration.</summary>
public interface IMigrationMessage
{
    /// <summary>Which.</summary>
    MigrationId Id { get; }

    /// <summary>The root of what moves.</summary>
    DirFrag Base { get; }
}
