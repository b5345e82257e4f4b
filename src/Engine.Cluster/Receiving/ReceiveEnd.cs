using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>Why no frame can be received any more; the default value means that one was.</summary>
/// <param name="IsEnd">The peer ended between two frames.</param>
/// <param name="Error">The wire failed.</param>
/// <param name="Problem">What came is not what may come.</param>
internal readonly record struct ReceiveEnd(bool IsEnd = false, IoError Error = default, FrameProblem Problem = default)
{
    public bool IsNone => !IsEnd && Error.IsNone && Problem.IsNone;
}
