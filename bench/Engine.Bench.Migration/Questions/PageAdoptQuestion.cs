using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What does it cost until received bytes serve requests?</summary>
internal sealed class PageAdoptQuestion : IMetadataQuestion
{
    private const double MillionsMin = 1.5;

    public string Name => "page-adopt";

    public string Title => "a directory of 1000 entries, from received bytes to a cache that serves it";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var pages = new AdoptPages();
        using var graph = new DecodeGraph(sorts: true);
        Rows.Add(report, Name, Turns.Take([pages, graph], arguments.Rounds), millionsMin: MillionsMin);
    }
}
