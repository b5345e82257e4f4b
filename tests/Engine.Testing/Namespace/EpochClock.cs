using System.Globalization;

namespace Engine.Testing.Namespace;

/// <summary>
/// Tells times of a namespace apart as far as two namespaces can agree on them: by the tick between which they were made. Times
/// before the first tick were set by somebody and are compared as they are.
/// </summary>
/// <param name="names">The namespace.</param>
public sealed class EpochClock(INamespace names)
{
    private readonly List<Timestamp> _ticks = [];

    /// <summary>Starts again in an emptied namespace, with a first tick now, or, where no time will be asked for, long ago.
    /// </summary>
    public void Restart(bool tellsTimes)
    {
        _ticks.Clear();
        if (tellsTimes)
            Tick();
        else
            _ticks.Add(default);
    }

    /// <summary>Parts what was from what comes.</summary>
    public void Tick() => _ticks.Add(names.AdvanceClock());

    /// <summary>True for a time that was made after the last tick.</summary>
    public bool IsRecent(Timestamp time) => time >= _ticks[^1];

    /// <summary>A status without what namespaces may differ in: inode numbers, sizes of directories, exact times.</summary>
    public string Describe(FileStatus status)
    {
        string size = status.Type == FileType.Directory ? "" : " size=" + status.Size.ToString(CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"type={NameOf(status.Type)} mode=0{Convert.ToString(status.Permissions, 8)} nlink={status.Links} uid={status.Uid} "
            + $"gid={status.Gid}{size} atime={ClassOf(status.Accessed)} mtime={ClassOf(status.Modified)} "
            + $"ctime={ClassOf(status.Changed)}");
    }

    /// <summary>The word of scripts for a type.</summary>
    public static string NameOf(FileType type) => type switch
    {
        FileType.Regular => "file",
        FileType.Directory => "dir",
        FileType.SymbolicLink => "link",
        _ => "other",
    };

    private string ClassOf(Timestamp time)
    {
        if (time < _ticks[0])
            return time.Nanoseconds == 0 ? time.Seconds.ToString(CultureInfo.InvariantCulture) : time.ToString();
        int at = _ticks.BinarySearch(time);
        return string.Create(CultureInfo.InvariantCulture, $"tick{(at >= 0 ? at + 1 : ~at)}");
    }
}
