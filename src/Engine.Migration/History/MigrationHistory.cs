namespace Engine.Migration;

/// <summary>The last migrations of a rank. Source: migrator specification, 5.4 (Δ6).</summary>
public sealed class MigrationHistory
{
    /// <summary>Migrations remembered.</summary>
    public const int CountMax = 256;

    private readonly Queue<MigrationReport> _reports = new(CountMax);

    /// <summary>Oldest first.</summary>
    public IReadOnlyCollection<MigrationReport> Reports => _reports;

    /// <summary>Told of each that is added. Must not block.</summary>
    public Action<MigrationReport>? Added { get; set; }

    /// <summary>Adds one; the oldest goes when there are too many.</summary>
    public void Add(MigrationReport report)
    {
        if (_reports.Count == CountMax)
            _reports.Dequeue();
        _reports.Enqueue(report);
        Added?.Invoke(report);
    }
}
