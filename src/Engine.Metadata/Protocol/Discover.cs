namespace Engine.Metadata;

/// <summary>Asks the authority for copies of what lies on a path. Source: migrator specification, appendix A.</summary>
/// <param name="Tid">The sender's number of the question.</param>
/// <param name="Base">Where the path begins.</param>
/// <param name="BaseFrag">The dirfrag that is wanted when the path is empty.</param>
/// <param name="Path">Names from there on.</param>
/// <param name="WantBaseInode">A copy of the base inode is wanted too: one without a parent.</param>
/// <param name="WantBaseDir">A copy of the base's dirfrag is wanted too.</param>
/// <param name="WantXlocked">The last entry may be exclusively locked.</param>
public sealed record Discover(
    ulong Tid, Ino Base, Frag BaseFrag, IReadOnlyList<byte[]> Path, bool WantBaseInode, bool WantBaseDir, bool WantXlocked)
    : Message;
