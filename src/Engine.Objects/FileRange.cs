namespace Engine.Objects;

/// <summary>The bytes <c>Offset~Length</c> of a striped image or file.</summary>
public readonly record struct FileRange(long Offset, long Length);
