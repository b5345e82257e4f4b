using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The one input of a rank's step.</summary>
/// <param name="Kind">Why the step is taken.</param>
/// <param name="Token">Names the timer, the operation or the work, as it was given out.</param>
/// <param name="Result">Outcome of a log or object operation.</param>
/// <param name="From">Who sent the message, or is gone.</param>
/// <param name="Message">The message.</param>
public readonly record struct RankEvent(
    RankEventKind Kind, ulong Token = 0, IoResult Result = default, Peer From = default, Message? Message = null);
