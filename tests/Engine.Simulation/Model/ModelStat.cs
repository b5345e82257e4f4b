namespace Engine.Simulation;

/// <summary>Attributes of an inode.</summary>
/// <param name="Ino">Its number.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits, with set-user, set-group and sticky.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Nlink">Names of it; of a directory 2 and one more for each directory in it; 0 once it has no name.</param>
/// <param name="Size">Bytes of a file, or of a link's target; 0 for directories.</param>
/// <param name="ModifiedMicros">What was set last; the model does not change it by itself.</param>
public readonly record struct ModelStat(
    ulong Ino, NodeKind Kind, uint Mode, uint Uid, uint Gid, uint Nlink, long Size, long ModifiedMicros);
