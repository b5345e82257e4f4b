namespace Engine.Migration;

/// <summary>A state that a migration came into.</summary>
/// <param name="Name">The state.</param>
/// <param name="AtMicros">When, by the rank's clock.</param>
public readonly record struct MigrationPhase(string Name, long AtMicros);
