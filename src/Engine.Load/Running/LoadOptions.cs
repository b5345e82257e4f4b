namespace Engine.Load;

/// <summary>How a load is run.</summary>
public sealed record LoadOptions
{
    /// <summary>The model of verified jobs and replays; they need one.</summary>
    public VerifiedImage? Image { get; init; }

    /// <summary>Called now and then while the load runs, on the thread that runs it.</summary>
    public Action<LoadProgress>? Progress { get; init; }

    /// <summary>Time between calls of <see cref="Progress"/>.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Ends the run cleanly: requests in flight are completed, and the report says what was done so far.</summary>
    public CancellationToken Cancellation { get; init; }
}
