using Engine.Buffers;

namespace Engine.Testing.Namespace;

/// <summary>What a step came to.</summary>
/// <param name="Error">The error, or none.</param>
/// <param name="Status">Of a stat that succeeded.</param>
/// <param name="Data">Of a step that returns bytes or names: those, escaped, names sorted and joined by commas.</param>
public readonly record struct StepResult(IoError Error, FileStatus? Status = null, string? Data = null)
{
    /// <summary>The result as text that is equal for two namespaces that behave alike.</summary>
    public string Describe(EpochClock clock) =>
        Error.Failed ? Errno.NameOf(Error) : Status is { } status ? clock.Describe(status) : Data ?? "OK";
}
