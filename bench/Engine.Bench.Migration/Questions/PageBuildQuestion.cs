using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What does it cost to make bytes that can be sent?</summary>
internal sealed class PageBuildQuestion : IMetadataQuestion
{
    private const double TimesFasterMin = 5;

    public string Name => "page-build";

    public string Title => "a directory of 1000 entries, from attributes, and from memory, to bytes that can be sent";

    public void Ask(Report report, MetadataArguments arguments)
    {
        using var made = new BuildPages();
        using var madeObjects = new BuildGraph();
        using var there = new SealPages();
        using var thereObjects = new EncodeGraph();
        Measurement[] results = Turns.Take([made, madeObjects, there, thereObjects], arguments.Rounds);
        Rows.Add(report, Name, results[..2], TimesFasterMin);
        Rows.Add(report, Name, results[2..], TimesFasterMin);
    }
}
