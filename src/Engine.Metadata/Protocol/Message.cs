namespace Engine.Metadata;

/// <summary>What ranks, clients and the cluster map send one another. Immutable once sent; one class for each kind, so that a
/// simulation hands over the object and a transport encodes it.</summary>
public abstract record Message;
