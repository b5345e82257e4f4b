using Engine.Cli.Sessions;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <content>Objects that have lost their head. It holds nothing of the namespace: whose store they are, and the newest command
/// that opened it, which the journal knows too.</content>
internal static partial class FsCheckCommand
{
    /// <summary>Makes a lost head anew where that is wanted and can be done, else says what is lost and what to do.</summary>
    private static bool HasHead(CliConsole console, string directory, bool makes, out bool wasWrong)
    {
        FsSession.Expect(directory, needsJournal: false, mayBeHalfDone: true);
        string objects = FsSession.ObjectsOf(directory);
        wasWrong = FileStore.HasLostHead(objects);
        if (!wasWrong)
            return true;
        console.Out.WriteLine($"objects: {objects} {FsSession.HeadLost}: it says whose the objects are and which command opened "
            + "them last, nothing of the namespace; not lost: the directories, and the journal");
        using LogView? journal = FsJournal.TryView(directory, identity: null, out string finding);
        bool canMake = journal is not null && journal.Check.Uuid != Guid.Empty;
        if (canMake && makes)
        {
            FileStore.MakeHead(objects, journal!.Check.Uuid, journal.Check.Incarnation);
            console.Out.WriteLine("objects: a new engine-store is made by what the journal says");
            return true;
        }

        console.Out.WriteLine(canMake
            ? "without a copy to restore, it can be made anew by what the journal says, if journal and objects are of one store "
                + $"and neither is an old copy: engine fs check {directory} --repair"
            : $"journal: {finding}; it cannot say either whose the objects are: restore one of the two");
        console.Out.WriteLine($"{directory}: the objects' head is lost; nothing was changed");
        return false;
    }
}
