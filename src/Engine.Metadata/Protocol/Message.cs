using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What ranks, clients and the cluster map send one another. Immutable once sent; one class for each kind, so that a
/// simulation hands over the object and a transport encodes it.</summary>
public abstract record Message
{
    /// <summary>Pages that travel behind the message as they are, each as its used bytes and its slot directory; null for none.
    /// Belongs to the message: whoever sends it gives the list back once it has left, whoever takes it once it is used.</summary>
    public BufferList? Payload { get; init; }
}
