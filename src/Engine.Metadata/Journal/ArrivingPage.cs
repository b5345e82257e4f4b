namespace Engine.Metadata;

/// <summary>A page of an <see cref="ArrivingDir"/>.</summary>
/// <param name="Number">By which the other rank knows its content.</param>
/// <param name="Page">The page.</param>
/// <param name="IsNew">The journal does not have it yet.</param>
public readonly record struct ArrivingPage(ulong Number, PageId Page, bool IsNew);
