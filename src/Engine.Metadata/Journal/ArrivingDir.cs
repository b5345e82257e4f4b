namespace Engine.Metadata;

/// <summary>A dirfrag of a region that another rank gives.</summary>
/// <param name="Of">Which.</param>
/// <param name="Pages">All pages of its chain, in their order; none where it is not of the region any more.</param>
public sealed record ArrivingDir(DirFrag Of, IReadOnlyList<ArrivingPage> Pages);
