using Engine.Buffers;

namespace Engine.Objects;

/// <summary>Receives completions of <see cref="IObjectBackend"/> operations.</summary>
public interface ICompletionSink
{
    /// <summary>
    /// One operation ended. Called exactly once per submission, on any thread, in any order, possibly inside the submitting
    /// call. Must not block and must not throw.
    /// </summary>
    void Complete(ulong token, IoResult result);
}
