namespace Engine.Load;

/// <summary>One key of a job: the same name in a job file and, with <c>--</c>, on the command line.</summary>
/// <param name="Name">fio's name.</param>
/// <param name="Allowed">The values that are allowed, in words.</param>
/// <param name="Help">What it does.</param>
/// <param name="IsFlag">Stands alone, without a value, too.</param>
/// <param name="Apply">The job with the value applied; null when the value is not allowed.</param>
public sealed record JobKey(
    string Name, string Allowed, string Help, bool IsFlag, Func<JobDescription, string, JobDescription?> Apply)
{
    /// <summary>The value that a job has without the key; null when there is none.</summary>
    public string? Default { get; init; } = IsFlag ? "0" : null;
}
