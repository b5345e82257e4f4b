namespace Engine.Migration.Tests;

/// <summary>What came of a run of the kill matrix.</summary>
/// <param name="Case">Which run.</param>
/// <param name="IsImporters">Had the importer the region?</param>
internal sealed record MatrixResult(KillCase Case, bool IsImporters);
