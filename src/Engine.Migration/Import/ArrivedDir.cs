using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A dirfrag of a region that has arrived, all of it: as a chain that was accepted by itself, or made ready before.
/// </summary>
/// <param name="chain">The chain; null where it was made ready.</param>
/// <param name="ready">What was made ready; null where it was not, or is given up.</param>
/// <param name="name">Which.</param>
internal sealed class ArrivedDir(DirFrag name, PageChain? chain, Dir? ready)
{
    /// <summary>Which.</summary>
    public DirFrag Name => name;

    /// <summary>The chain.</summary>
    public PageChain Chain => chain ?? ready!.Pages;

    /// <summary>What was made ready; null where it has to be looked at as it comes.</summary>
    public Dir? Ready => chain is null ? ready : null;

    /// <summary>Something of it is known here by now: it has to be looked at as it comes.</summary>
    public void Unready(MetadataCache cache) => chain ??= cache.Unready(ready!);

    /// <summary>It does not stay: its pages are given back.</summary>
    public void GiveUp(MetadataCache cache)
    {
        if (chain is null)
            cache.Dismiss(ready!);
        else
            chain.Dispose();
    }
}
