using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A log or object operation under way.</summary>
internal abstract class PendingIo
{
    /// <summary>The operation is over; called in a step of its own.</summary>
    public abstract void Complete(IoResult result);
}
