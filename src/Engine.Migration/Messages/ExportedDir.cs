using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A dirfrag of an <see cref="ExportStage"/> or an <see cref="ExportDir"/>.</summary>
/// <param name="Name">Which.</param>
/// <param name="Pages">All pages of its chain, in their order.</param>
public readonly record struct ExportedDir(DirFrag Name, IReadOnlyList<ExportedPage> Pages);
