namespace Engine.Simulation;

/// <summary>Marks of what a run of a rank came across: kept runs name those without which they would prove nothing.</summary>
internal static class Met
{
    /// <summary>Requests that a rank took, and never answered though it lived on and came to rest.</summary>
    public const string AnswersDropped = "answers dropped";

    /// <summary>Requests that a rank had taken and not answered when its life ended.</summary>
    public const string AnswersCut = "answers cut off by a life's end";

    /// <summary>Lives that ended while they divided a directory.</summary>
    public const string DivisionsCut = "divisions cut off by a life's end";

    /// <summary>Splits and merges of directories that were over when a life ended: the next one read them.</summary>
    public const string DivisionsRead = "divisions left to the next life";

    /// <summary>Steps behind which the rank's cache had no room for a change.</summary>
    public const string CacheFull = "steps with a cache full of changes";

    /// <summary>Lives that ended by their own decision, since their journal failed.</summary>
    public const string Failed = "lives that ended by themselves";

    /// <summary>Capabilities that clients held when the rank was told to stop.</summary>
    public const string HeldAtStop = "capabilities held at a stop";

    /// <summary>Clients whose capabilities ended since they were not heard.</summary>
    public const string LeasesEnded = "leases that ended with something held";

    /// <summary>Objects that were read wrong, or not at all, twice running.</summary>
    public const string ReadWrongTwice = "objects read wrong twice running";

    /// <summary>Removals of objects that failed, and did not happen.</summary>
    public const string RemovalsFailed = "removals that failed";

    /// <summary>Removals of objects that were not there any more, or never were.</summary>
    public const string RemovalsOfNothing = "removals of nothing";
}
