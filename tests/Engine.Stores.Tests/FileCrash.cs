// What a crash may leave of a store of files, from a recording of its system calls.
//
// The model of the file system is weaker than any real one: of the changes of names (rename, remove) that no completed sync of
// the directory covers, any subset may be there, applied in order; a file's content may be anything until its sync has completed.
// A sync covers what had ended before it began.
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores.Tests;

/// <summary>Records the calls of a <see cref="FileStore"/>, may leave out one kind, and enumerates what a crash leaves.</summary>
internal sealed class FileCrash(string mutant) : FileCalls
{
    public const string NoSync = "no sync of the content";
    public const string NoDirectorySync = "no sync of the directory";

    private const int ExhaustiveChanges = 9;
    private const int RandomTries = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _content = [];
    private readonly Dictionary<string, int> _syncedAt = [];
    private readonly List<(int Event, string Target, string? Aside)> _changes = [];
    private readonly List<(int Began, int Ended)> _directorySyncs = [];
    private int _events;

    /// <summary>Calls and notes so far: a crash point is a number from 0 to this.</summary>
    public int EventCount
    {
        get
        {
            lock (_gate)
                return _events;
        }
    }

    /// <summary>Notes a moment.</summary>
    public int Note()
    {
        lock (_gate)
            return _events++;
    }

    public override unsafe IoResult Write(string path, StorageFile file, Span<IoVector> vectors)
    {
        var bytes = new List<byte>();
        foreach (IoVector vector in vectors)
            bytes.AddRange(new ReadOnlySpan<byte>((void*)vector.Address, (int)vector.Length));
        lock (_gate)
            _content[path] = Convert.ToHexString([.. bytes]);
        return base.Write(path, file, vectors);
    }

    public override IoError Sync(string path, StorageFile file)
    {
        if (mutant == NoSync)
            return IoError.None;
        lock (_gate)
            _syncedAt[path] = _events++;
        return IoError.None;
    }

    public override IoError Rename(string from, string to)
    {
        IoError error = base.Rename(from, to);
        lock (_gate)
            _changes.Add((_events++, Path.GetFileName(to), from));
        return error;
    }

    public override IoError Remove(string path)
    {
        IoError error = base.Remove(path);
        lock (_gate)
            _changes.Add((_events++, Path.GetFileName(path), null));
        return error;
    }

    public override IoError SyncDirectory(string path)
    {
        if (mutant == NoDirectorySync)
            return IoError.None;
        int began = Note();
        lock (_gate)
            _directorySyncs.Add((began, _events++));
        return IoError.None;
    }

    /// <summary>Visits what may be there after a crash at <paramref name="eventCount"/>: each object's content in hexadecimal, or
    /// "torn". Returns the number of states.</summary>
    public int ForEachState(int eventCount, SeededRandom random, Action<Dictionary<string, string>> visit)
    {
        int covered = _directorySyncs.Where(sync => sync.Ended < eventCount).Select(sync => sync.Began).DefaultIfEmpty(-1).Max();
        var state = new Dictionary<string, string>();
        foreach ((int _, string target, string? aside) in _changes.Where(change => change.Event < covered))
            Apply(state, target, aside, eventCount);
        (int Event, string Target, string? Aside)[] open =
            [.. _changes.Where(change => change.Event >= covered && change.Event < eventCount)];
        int tries = open.Length <= ExhaustiveChanges ? 1 << open.Length : RandomTries;
        for (int number = 0; number < tries; number++)
        {
            ulong mask = open.Length <= ExhaustiveChanges ? (ulong)number : random.Next();
            var outcome = new Dictionary<string, string>(state);
            for (int index = 0; index < open.Length; index++)
            {
                if ((mask >> (index % 64) & 1) != 0)
                    Apply(outcome, open[index].Target, open[index].Aside, eventCount);
            }

            visit(outcome);
        }

        return tries;
    }

    private void Apply(Dictionary<string, string> state, string target, string? aside, int eventCount)
    {
        if (aside is null)
            state.Remove(target);
        else
            state[target] = _syncedAt.TryGetValue(aside, out int at) && at < eventCount ? _content[aside] : "torn";
    }
}
