using Engine.Devices;

namespace Engine.Stores;

/// <summary>
/// A log in a directory: a head file and a preallocated file for each segment. Segments are made aside and ahead of need; trimmed
/// ones are used again.
/// </summary>
/// <remarks>The head is held exclusively, so that a second process is refused while one has the log, unless that one opens it
/// with <see cref="LogOptions.IsShared"/>; the fence is then that of a <see cref="DeviceLog"/>.</remarks>
public sealed class FileLog : SegmentLog
{
    private FileLog(LogSpace space, LogOptions options)
        : base(space, options)
    {
    }

    /// <summary>Makes an empty log in a directory that does not exist or is empty.</summary>
    /// <returns>The log's identity.</returns>
    /// <exception cref="StoreException">The directory holds something or cannot be written, or a size is impossible.</exception>
    public static Guid Format(string directory, LogFormatOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        FileSpace.MakeHead(directory);
        using FileSpace space = FileSpace.Open("format", directory, isShared: false);
        using var formatter = new LogFormatter(space, options ?? new LogFormatOptions(), headerBytes: 0);
        return formatter.Run();
    }

    /// <summary>Opens the log for a new incarnation, and so takes it over from any older one.</summary>
    /// <exception cref="StoreException">There is no log, a torn format, a damaged or newer log, or a segment is missing; another
    /// process has the log, or a newer incarnation.</exception>
    public static FileLog Open(string directory, LogOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new LogOptions();
        FileSpace space = FileSpace.Open("open", directory, options.IsShared);
        try
        {
            return new FileLog(space, options);
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>Is there a directory whose head tells nothing? Its segments may (<see cref="LogRescue"/>). A log in use has a
    /// head.</summary>
    public static bool HasLostHead(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            return false;
        try
        {
            using FileSpace space = FileSpace.Open("check", directory, isShared: true, isReadOnly: true);
            using LogHead head = LogHead.Read(space);
            return head.Problem is StoreProblem.Foreign or StoreProblem.Damaged or StoreProblem.TooSmall;
        }
        catch (StoreException refusal) when (refusal.Problem is StoreProblem.Foreign or StoreProblem.Damaged)
        {
            return true;
        }
    }

    /// <summary>Reads the whole log without writing; says what <see cref="Open"/> would say.</summary>
    public static LogCheck Check(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        using FileSpace space = FileSpace.Open("check", directory, isShared: true, isReadOnly: true);
        return LogOpening.Check(space);
    }
}
