namespace Engine.Cli.Sessions;

/// <summary>Nothing can be changed: the journal's place is full, and the rank can make no room.</summary>
internal sealed class NoRoomException(string directory)
    : CliException(
        ExitCode.Environment,
        $"{directory}: no space is left for its journal, and none can be made (ENOSPC): what was not said to be made is not; "
            + "free some on its file system and on that of the objects");
