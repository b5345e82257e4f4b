namespace Engine.Objects;

/// <summary>The bytes <c>Offset~Length</c> of one object.</summary>
public readonly record struct ObjectRange(ObjectTarget Target, long Offset, long Length);
