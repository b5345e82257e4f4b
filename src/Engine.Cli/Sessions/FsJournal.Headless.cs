using Engine.Devices;
using Engine.Stores;

namespace Engine.Cli.Sessions;

/// <content>A journal that has lost its head, and the new one that takes its place.</content>
internal sealed partial class FsJournal
{
    /// <summary>Has it a head that tells nothing? What its segments hold may still be read.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="identity">What it has to be: what says that it is another's has a head.</param>
    public static bool IsHeadless(string directory, LogIdentity identity)
    {
        if (Directory.Exists(In(directory)))
            return FileLog.HasLostHead(In(directory));
        try
        {
            if (!Exists(directory))
                return false;
            using IBlockDevice device = OpenDevice(directory, ReadText(directory), isReadOnly: true);
            return DeviceLog.HasLostHead(device, identity.Uuid);
        }
        catch (Exception unusable) when (unusable is CliException or DeviceException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with one without a head.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="finding">What was said of it.</param>
    public static string HeadLost(string directory, string finding) =>
        Directory.Exists(In(directory)) ? $"{In(directory)} has lost its header (the file head)" : finding;

    /// <summary>What is left of one without a head; null where it is nothing.</summary>
    public static LogRescue? TryRescue(string directory, LogIdentity identity)
    {
        if (Directory.Exists(In(directory)))
            return LogRescue.TryOpen(In(directory), identity);
        string path = ReadText(directory);
        HeldDevice held = HeldDevice.Open(In(directory), () => OpenDevice(directory, path, isReadOnly: true), alone: false);
        return LogRescue.TryOpen(held.Device, path, identity, SegmentBytesOf(held.Device), held);
    }

    /// <summary>Where one stays whose place in the store's directory another takes; null where that is where it is.</summary>
    public static string? Elsewhere(string directory) => Directory.Exists(In(directory)) ? null : ReadText(directory);

    /// <summary>Makes an empty one beside one that is no use any more, for the incarnation after the objects'.</summary>
    public static FsJournal MakeBeside(string directory, LogIdentity identity)
    {
        RemoveBeside(directory);
        string place = Path.Combine(directory, Beside);
        FileLog.Format(place, new LogFormatOptions { SegmentCount = SegmentCount, Uuid = identity.Uuid });
        return new FsJournal(FileLog.Open(place, new LogOptions { Incarnation = identity.Incarnation + 1 }), null);
    }

    /// <summary>Removes what a repair that did not end has left, and nothing of one that is under way.</summary>
    private static void RemoveBeside(string directory)
    {
        string place = Path.Combine(directory, Beside);
        if (!Directory.Exists(place))
            return;
        Buffers.IoError error = StorageFile.OpenLocked(Path.Combine(place, "head"), alone: true, out StorageFile? head);
        if (error == Buffers.IoError.Busy)
            throw new StoreException(StoreProblem.Busy, error, $"check: {directory} is being repaired by another command");
        using (head)
            Directory.Delete(place, recursive: true);
    }

    /// <summary>Puts the one that was made beside in the other's place, which moves to <paramref name="to"/>.</summary>
    public static void TakePlace(string directory, string to)
    {
        Directory.Move(In(directory), to);
        Sync(Path.GetDirectoryName(to)!);
        Sync(directory);
        Directory.Move(Path.Combine(directory, Beside), In(directory));
        Sync(directory);
    }

    /// <summary>Ends that where it ended between the two: the other is in its place no more, and the one that was made beside is
    /// whole.</summary>
    public static bool TryEndTakingPlace(string directory, LogIdentity identity)
    {
        string place = Path.Combine(directory, Beside);
        if (Exists(directory) || !Directory.Exists(place) || FileLog.HasLostHead(place))
            return false;
        using (LogView made = LogView.Open(place, identity))
        {
            if (made.Check is not { Problem: StoreProblem.None, Records: > 0 })
                return false;
        }

        Directory.Move(place, In(directory));
        Sync(directory);
        return true;
    }

    /// <summary>Opens it, and says how a lost header is come by again.</summary>
    private static T Here<T>(string directory, LogIdentity identity, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (StoreException refusal) when (IsHeadless(directory, identity))
        {
            const string Verb = "open: ";
            string finding = refusal.Message.StartsWith(Verb, StringComparison.Ordinal) ? refusal.Message[Verb.Length..]
                : refusal.Message;
            throw new StoreException(
                StoreProblem.Damaged, Buffers.IoError.Damaged, Verb + HeadlessText(directory, finding));
        }
    }

    private static string HeadlessText(string directory, string finding) => HeadLost(directory, finding)
        + (Elsewhere(directory) is null ? "; restore that file" : $", or write its path now into {In(directory)}")
        + $", or see: engine fs check {directory}";
}
