using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What does it cost until received bytes may be used?</summary>
internal sealed class PageValidateQuestion : IMetadataQuestion
{
    private const double TimesFasterMin = 5;

    public string Name => "page-validate";

    public string Title => "a directory of 1000 entries, from received bytes to what may be used";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var pages = new ValidatePages();
        using var graph = new DecodeGraph(sorts: false);
        Rows.Add(report, Name, Turns.Take([pages, graph], arguments.Rounds), TimesFasterMin);
    }
}
