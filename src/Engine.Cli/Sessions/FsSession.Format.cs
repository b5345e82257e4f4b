using Engine.Stores;

namespace Engine.Cli.Sessions;

/// <content>A namespace is made.</content>
internal sealed partial class FsSession
{
    private const string Unfinished =
        "holds what an init has made that has not ended, and nothing else; wait for it, or where it was killed remove that";

    /// <summary>Makes an empty namespace in a directory that does not exist or is empty.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="place">Where its journal goes; null for the directory itself.</param>
    public static void Format(string directory, FsJournalPlace? place = null)
    {
        if (File.Exists(directory))
            throw new CliException(ExitCode.Environment, $"init: {directory} is a file; name a new or empty directory");
        bool isNew = !Directory.Exists(directory);
        if (!isNew && Directory.EnumerateFileSystemEntries(directory).FirstOrDefault() is { } found)
        {
            if (IsUnfinished(directory))
                throw new CliException(
                    ExitCode.Environment, $"init: {directory} {Unfinished}");
            string what = IsStore(directory) ? "a namespace already" : Path.GetFileName(found);
            throw new CliException(ExitCode.Environment, $"init: {directory} holds {what}; name a new or empty directory");
        }

        Guid uuid = FormatObjects(directory, isNew);
        bool isMade = false;
        try
        {
            FsJournal.Format(directory, place, uuid);
            isMade = true;
            using FsSession session = OpenMade(directory, CancellationToken.None);
            session.Client.WaitUntilActive();
            if (session.Close() is { } why)
                throw new CliException(ExitCode.Environment, $"init: {directory}: nothing was made, it cannot be written: {why}");
        }
        catch (Exception refusal) when (!isMade || !FsJournal.IsBusy(refusal))
        {
            // What a format left behind would be taken for a damaged store; what another command has opened is made.
            FsJournal.Remove(directory);
            RemoveTree(ObjectsOf(directory));
            if (isNew)
                _ = TryRemoveEmpty(directory);
            throw;
        }
    }

    /// <summary>Whoever makes the objects has the directory: of several commands one goes on, and the others leave it as it
    /// is.</summary>
    private static Guid FormatObjects(string directory, bool isNew)
    {
        try
        {
            return FileStore.Format(ObjectsOf(directory));
        }
        catch (StoreException refusal) when (refusal.Problem == StoreProblem.Foreign)
        {
            throw new CliException(
                ExitCode.Environment,
                $"init: {directory} holds a namespace, or another command makes one there; name a new or empty directory");
        }
        catch
        {
            _ = TryRemoveEmpty(ObjectsOf(directory));
            if (isNew)
                _ = TryRemoveEmpty(directory);
            throw;
        }
    }

    /// <summary>Is there a store that nobody has ever opened, nor can anybody?</summary>
    public static bool IsUnfinished(string directory)
    {
        string place = ObjectsOf(directory);
        try
        {
            if (!Directory.Exists(place) || Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Skip(1).Any())
                return false;
            if (FileStore.HasLostHead(place) || !Directory.EnumerateFiles(place).Any())
                return !FsJournal.Exists(directory);
            using FileStore store = FileStore.Open(place, new FileStoreOptions { IsReadOnly = true });
            return store.Incarnation == 0;
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes a directory; one into which somebody has put something stays.</summary>
    private static bool TryRemoveEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
            return true;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
