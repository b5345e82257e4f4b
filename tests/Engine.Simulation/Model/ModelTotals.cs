namespace Engine.Simulation;

/// <summary>Sums over everything below a directory: what recursive statistics must say.</summary>
/// <param name="Files">Names of what is no directory.</param>
/// <param name="Directories">Directories below it.</param>
/// <param name="Bytes">Bytes of the files behind the names, a file with two names twice.</param>
public readonly record struct ModelTotals(long Files, long Directories, long Bytes);
