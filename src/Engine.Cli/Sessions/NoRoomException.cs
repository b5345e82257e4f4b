using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Sessions;

/// <summary>Nothing can be changed: the journal is full, and the rank can make no room. The same wherever the journal
/// lies.</summary>
/// <param name="directory">The namespace's.</param>
/// <param name="status">How its rank is: why it can make none.</param>
/// <param name="damage">The newest damage that the rank met; null for none.</param>
internal sealed class NoRoomException(string directory, in RankStatus status, string? damage)
    : CliException(ExitCode.Environment, $"{directory}: {Why(status, damage)}")
{
    private static string Why(in RankStatus status, string? damage)
    {
        bool isFull = status.StoreError.IsNone || status.StoreError == IoError.NoSpace;
        if (!isFull)
        {
            string what = damage is null ? string.Empty : $": {damage}";
            return $"its journal is full, since directories cannot be written to the store ({status.StoreError.Name}{what}): "
                + "nothing can be changed until that is mended";
        }

        return status.JournalError.Failed || status.StoreError.IsNone
            ? "no space is left for its journal, and none can be made (ENOSPC): nothing can be changed; free some on its file "
                + "system and on that of the objects"
            : "its journal is full, since no space is left for directories (ENOSPC): nothing can be changed; free some on the "
                + "file system of the objects";
    }
}
