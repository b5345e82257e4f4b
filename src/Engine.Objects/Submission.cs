using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Where an operation reports: the sink is called exactly once with the token.</summary>
public readonly record struct Submission(ICompletionSink Sink, ulong Token)
{
    /// <summary>Reports the outcome to the sink.</summary>
    public void Complete(IoResult result) => Sink.Complete(Token, result);
}
