namespace Engine.Cli.Sessions;

/// <summary>Where the journal of a new namespace goes, other than into its own directory.</summary>
/// <param name="Path">Block device or file.</param>
/// <param name="SizeBytes">Length of a file to make; 0 takes what is there.</param>
/// <param name="Force">Overwrite what it holds.</param>
internal sealed record FsJournalPlace(string Path, long SizeBytes, bool Force);
