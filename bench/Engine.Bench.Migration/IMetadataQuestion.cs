using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>Something to be measured beside its peers.</summary>
internal interface IMetadataQuestion
{
    /// <summary>Short name, for the command line.</summary>
    string Name { get; }

    /// <summary>What is measured, in words.</summary>
    string Title { get; }

    /// <summary>Measures and reports.</summary>
    void Ask(Report report, MetadataArguments arguments);
}
