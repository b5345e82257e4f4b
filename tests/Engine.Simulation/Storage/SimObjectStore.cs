using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>The content of a simulated object store, shared by all processes and lives. Each life works on it through a <see
/// cref="SimObjects"/> of its own.</summary>
public sealed class SimObjectStore
{
    /// <summary>Mark of a run: changes of objects that were over, and that a crash undid.</summary>
    public const string ChangesLost = "completed changes of objects lost";

    private readonly Dictionary<ObjectKey, SimObject> _objects = [];
    private readonly List<SimObject> _changed = [];
    private readonly Dictionary<int, ulong> _fences = [];
    private ulong _completed;

    internal SimObjectStore(ObjectStoreOptions options) => Options = options;

    /// <summary>How the store behaves.</summary>
    public ObjectStoreOptions Options { get; }

    /// <summary>The first change that a life made though a newer one of its process lived; null while there is none.</summary>
    public string? Superseded { get; private set; }

    /// <summary>Names of the objects that readers see, in ordinal order.</summary>
    public List<string> Names(string prefix)
    {
        List<string> names =
        [
            .. _objects.Values.Where(item => item.Content is not null).Select(item => item.Key.Name)
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)),
        ];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>The bytes of an object as readers see them, for checkers; null when there is none.</summary>
    public byte[]? ContentOf(ObjectKey key) => _objects.GetValueOrDefault(key)?.Content;

    /// <summary>Objects of which readers see a bit that was changed for good.</summary>
    internal IEnumerable<SimObject> Flipped =>
        _objects.Values.Where(item => item.IsFlipped).OrderBy(item => item.Key.Name, StringComparer.Ordinal);

    /// <summary>Completions of changes up to now: what a flush that begins now covers.</summary>
    internal ulong Completed => _completed;

    internal SimObject Get(ObjectKey key)
    {
        if (!_objects.TryGetValue(key, out SimObject? found))
        {
            found = new SimObject(key);
            _objects.Add(key, found);
        }

        return found;
    }

    internal void Add(SimObject item, ObjectChange change)
    {
        item.Add(change);
        if (item.IsListed)
            return;
        item.IsListed = true;
        _changed.Add(item);
    }

    internal void Complete(SimObject item, ObjectChange change, bool isDurable)
    {
        SimEnvironment life = change.Life;
        if (life.Incarnation < life.Process.Incarnation)
            Superseded ??= $"life {life.Incarnation} changed object {item.Key.Name}, and {life.Process.Incarnation} lives";
        change.CompletedAs = ++_completed;
        if (isDurable)
            item.MakeDurable(_completed);
    }

    internal void MakeDurable(ulong completedMax)
    {
        foreach (SimObject item in _changed)
            item.MakeDurable(completedMax);
        ForgetUnchanged();
    }

    /// <summary>Refuses changes by lives of a process below an incarnation.</summary>
    internal void Fence(int process, ulong incarnation) => _fences[process] = incarnation;

    internal bool IsFenced(SimEnvironment life) => life.Incarnation < _fences.GetValueOrDefault(life.Process.Number);

    internal void Crash(SimEnvironment life, SeededRandom random)
    {
        int lost = 0;
        foreach (SimObject item in _changed)
            lost += item.Crash(life, Options.IsAtomic, random);
        if (lost > 0)
            life.Process.World.Count(ChangesLost, lost);
        ForgetUnchanged();
    }

    /// <summary>Changes one bit of one object; false when there is none with content.</summary>
    internal bool Flip(SeededRandom random)
    {
        List<SimObject> items = [.. _objects.Values.OrderBy(item => item.Key.Name, StringComparer.Ordinal)];
        return items.Count > 0 && items[random.NextInt(items.Count)].Flip(random);
    }

    private void ForgetUnchanged()
    {
        for (int i = _changed.Count - 1; i >= 0; i--)
        {
            if (_changed[i].ChangeCount > 0)
                continue;
            _changed[i].IsListed = false;
            _changed.RemoveAt(i);
        }
    }
}
