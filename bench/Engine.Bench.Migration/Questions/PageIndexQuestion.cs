using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What of that is the index?</summary>
internal sealed class PageIndexQuestion : IMetadataQuestion
{
    public string Name => "page-index";

    public string Title => "a directory of 1000 entries that has been checked: names, inode numbers and order";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var pages = new IndexPages();
        using var graph = new IndexGraph();
        Rows.Add(report, Name, Turns.Take([pages, graph], arguments.Rounds));
    }
}
