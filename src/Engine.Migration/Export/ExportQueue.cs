using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exports that wait for their turn, in order of arrival, those that pins ask for first. Source: migrator specification,
/// 2.3 (X0) and 2.9.</summary>
public sealed class ExportQueue
{
    private readonly LinkedList<Request> _waiting = [];
    private readonly Dictionary<(DirFrag Dir, RankId To), LinkedListNode<Request>> _places = [];
    private LinkedListNode<Request>? _lastUrgent;

    /// <summary>Exports that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>In their order.</summary>
    public IEnumerable<(DirFrag Dir, RankId To)> Waiting => _waiting.Select(static each => (each.Dir, each.To));

    /// <summary>Adds an export; false when as many wait as may, or it does already.</summary>
    /// <param name="dir">What.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="isUrgent">Before those that are not.</param>
    /// <param name="countMax">Most that may wait.</param>
    public bool TryAdd(DirFrag dir, RankId to, bool isUrgent, int countMax)
    {
        if (_waiting.Count >= countMax || _places.ContainsKey((dir, to)))
            return false;
        Request request = new(dir, to, isUrgent);
        LinkedListNode<Request> added = !isUrgent ? _waiting.AddLast(request)
            : _lastUrgent is null ? _waiting.AddFirst(request)
            : _waiting.AddAfter(_lastUrgent, request);
        if (isUrgent)
            _lastUrgent = added;
        _places.Add((dir, to), added);
        return true;
    }

    /// <summary>Adds one before all others; false when it waits already.</summary>
    public bool TryAddFirst(DirFrag dir, RankId to)
    {
        if (_places.ContainsKey((dir, to)))
            return false;
        LinkedListNode<Request> first = _waiting.AddFirst(new Request(dir, to, IsUrgent: true));
        _places.Add((dir, to), first);
        _lastUrgent ??= first;
        return true;
    }

    /// <summary>Takes the next one of those whose time has come.</summary>
    public bool TryTake(Func<DirFrag, RankId, bool> isDue, out DirFrag dir, out RankId to, out bool isUrgent)
    {
        LinkedListNode<Request>? first = _waiting.First;
        while (first is not null && !isDue(first.Value.Dir, first.Value.To))
            first = first.Next;
        (dir, to, isUrgent) =
            first is null ? (default, RankId.None, false) : (first.Value.Dir, first.Value.To, first.Value.IsUrgent);
        if (first is null)
            return false;
        Remove(first);
        return true;
    }

    /// <summary>Takes one back that is before those that are not urgent; false when there is none.</summary>
    public bool TryRemoveUrgent(DirFrag dir, RankId to)
    {
        if (!_places.TryGetValue((dir, to), out LinkedListNode<Request>? place) || !place.Value.IsUrgent)
            return false;
        Remove(place);
        return true;
    }

    /// <summary>Forgets them.</summary>
    /// <returns>How many.</returns>
    public int Clear()
    {
        int count = _waiting.Count;
        _waiting.Clear();
        _places.Clear();
        _lastUrgent = null;
        return count;
    }

    private void Remove(LinkedListNode<Request> place)
    {
        if (place == _lastUrgent)
            _lastUrgent = place.Previous;
        _places.Remove((place.Value.Dir, place.Value.To));
        _waiting.Remove(place);
    }

    private readonly record struct Request(DirFrag Dir, RankId To, bool IsUrgent);
}
