namespace Engine.Metadata.Tests;

/// <summary>A file or directory, and what was done to it, one change after the other. None of its names was ever another file's
/// but by an exchange: whatever is found under one of them with the file's number is this file.</summary>
internal sealed class CrashFile
{
    private readonly List<CrashChange> _changes = [];
    private readonly List<string> _names = [];
    private readonly List<(string Name, FileStat Stat)> _here = [];

    /// <summary>The latest.</summary>
    public CrashChange Last => _changes[^1];

    /// <summary>The latest change is safe, so that another one may follow.</summary>
    public bool IsAtRest => Last.SafeAt < CrashChange.Never;

    public IReadOnlyList<CrashChange> Changes => _changes;

    /// <summary>It is a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Its number, once it was told; before, no name of it is exchanged.</summary>
    public Ino Ino { get; set; }

    public void Add(CrashChange change)
    {
        if (change.Name is { } name && !_names.Contains(name))
            _names.Add(name);
        _changes.Add(change);
    }

    /// <summary>A crash leaves the file as one change left it, from the last that was safe to the last that was asked for: under
    /// one name or none, never under two.</summary>
    /// <param name="eventCount">The crash came after so many events.</param>
    /// <param name="found">What is there, by name.</param>
    /// <returns>Names of this file that are there.</returns>
    public int Judge(int eventCount, IReadOnlyDictionary<string, FileStat> found)
    {
        _here.Clear();
        foreach (string name in _names)
        {
            if (found.TryGetValue(name, out FileStat stat) && (Ino.IsNone || Ino == stat.Ino))
                _here.Add((name, stat));
        }

        int safe = _changes.FindLastIndex(change => change.SafeAt <= eventCount);
        int asked = _changes.FindLastIndex(change => change.AskedAt < eventCount);
        for (int i = safe; i <= asked; i++)
        {
            string? expected = i < 0 ? null : _changes[i].Name;
            if (_here.Count == 0 && expected is null)
                return 0;
            if (_here.Count == 1 && expected is not null && _changes[i].Left(_here[0].Name, _here[0].Stat))
                return 1;
        }

        string told = safe < 0 ? "nothing" : $"{_changes[safe]}, acknowledged at {_changes[safe].SafeAt},";
        string last = asked < 0 ? "nothing" : $"{_changes[asked]}";
        string left = _here.Count == 0 ? "nothing" : string.Join(
            " and ", _here.Select(item => $"{item.Name} {Convert.ToString(item.Stat.Mode, 8)} {item.Stat.Size} {item.Stat.Ino}"));
        Assert.Fail($"inode {Ino}: {told} or what was asked up to {last} must be there at {eventCount}; there is {left}");
        return 0;
    }
}
