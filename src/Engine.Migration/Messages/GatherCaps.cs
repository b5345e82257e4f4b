using Engine.Metadata;

namespace Engine.Migration;

/// <summary>The authority to a rank with a copy: hand over what capabilities you have. Answered by <see cref="ExportCaps"/>.
/// Source: migrator specification, 2.8.</summary>
/// <param name="Ino">The inode.</param>
public sealed record GatherCaps(Ino Ino) : Message;
