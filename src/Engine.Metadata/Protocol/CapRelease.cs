namespace Engine.Metadata;

/// <summary>A client gives capabilities up.</summary>
/// <param name="Items">Which.</param>
public sealed record CapRelease(IReadOnlyList<CapReleaseItem> Items) : Message;
