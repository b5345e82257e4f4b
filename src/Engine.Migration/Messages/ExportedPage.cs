using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A page of an <see cref="ExportedDir"/>.</summary>
/// <param name="Stamp">Its content.</param>
/// <param name="IsHere">It follows in the payload; else the importer has it from a message before.</param>
public readonly record struct ExportedPage(PageStamp Stamp, bool IsHere);
