namespace Engine.Bench.Data;

/// <summary>Something to be measured beside its peers.</summary>
internal interface IQuestion
{
    /// <summary>Short name, for the command line.</summary>
    string Name { get; }

    /// <summary>What is measured, in words.</summary>
    string Title { get; }

    /// <summary>How it is measured, where that needs saying; null otherwise.</summary>
    string? Method => null;

    /// <summary>Measures and reports.</summary>
    void Ask(BenchRun run);
}
