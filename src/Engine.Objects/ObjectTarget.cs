namespace Engine.Objects;

/// <summary>The object that an operation is for: its key, and its index within its image or file. Stores with a fixed mapping
/// use the number, named stores use the key.</summary>
public readonly record struct ObjectTarget(ObjectKey Key, long Number);
