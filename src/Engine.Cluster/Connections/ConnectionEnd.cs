namespace Engine.Cluster;

/// <summary>Why a connection ended, in one line.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Text">More about it.</param>
/// <param name="Refusal">The reason, where an end did not let the other in.</param>
/// <param name="Problem">What was wrong with what came, for <see cref="EndKind.Damaged"/>.</param>
public sealed record ConnectionEnd(
    EndKind Kind, string Text, RefusalReason Refusal = RefusalReason.None, FrameProblemKind Problem = FrameProblemKind.None)
{
    /// <inheritdoc/>
    public override string ToString() => Text.Length == 0 ? Kind.ToString() : $"{Kind}: {Text}";
}
