using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A dirfrag of an <see cref="ExportDir"/>.</summary>
/// <param name="Name">Which.</param>
/// <param name="Pages">Pages of its chain; so many follow in the payload.</param>
public readonly record struct ExportedDir(DirFrag Name, int Pages);
