namespace Engine.Metadata;

/// <summary>Why bytes are no message, or a message cannot be sent, and where; the default value means that nothing is
/// wrong.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Message">Of which message; as sent, so that it may be unknown.</param>
/// <param name="Position">Byte of the message at which the field begins.</param>
public readonly record struct WireProblem(WireProblemKind Kind, MessageKind Message, int Position)
{
    /// <summary>Is nothing wrong?</summary>
    public bool IsNone => Kind == WireProblemKind.None;

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : $"{Message}, byte {Position}: {Describe()}";

    private string Describe() => Kind switch
    {
        WireProblemKind.Truncated => "ends within a field",
        WireProblemKind.Trailing => "bytes that belong to nothing",
        WireProblemKind.Kind => "no known message",
        WireProblemKind.Version => "written by a program with another format",
        WireProblemKind.Length => "longer than what it lies in",
        WireProblemKind.Count => "more items than bytes",
        WireProblemKind.TooLong => "longer than it may be",
        WireProblemKind.Text => "not UTF-8",
        WireProblemKind.Name => "not a name",
        WireProblemKind.Value => "an impossible value",
        WireProblemKind.Record => "a copy with an impossible value",
        _ => Kind.ToString(),
    };
}
