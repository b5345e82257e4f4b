using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A set of frags that are disjoint and as few as possible: two siblings are held as their parent. Equal coverage means
/// equal sets, whatever the order of insertions. Source: migrator specification, 1.2.</summary>
public sealed class FragSet
{
    private readonly List<Frag> _frags = [];

    /// <summary>The frags in order of hash; valid until the set changes.</summary>
    public ReadOnlySpan<Frag> Frags => CollectionsMarshal.AsSpan(_frags);

    /// <summary>Does one frag of the set contain this one?</summary>
    public bool Contains(Frag frag)
    {
        int at = LastNotBehind(frag.Value);
        return at >= 0 && _frags[at].Contains(frag);
    }

    /// <summary>Adds all hashes of the frag; false when they were there.</summary>
    public bool Add(Frag frag)
    {
        if (Contains(frag))
            return false;
        Uncover(frag);
        int at = LastNotBehind(frag.Value) + 1;
        while (frag.Bits > 0)
        {
            int siblingAt = frag.IsLeft ? at : at - 1;
            if ((uint)siblingAt >= (uint)_frags.Count || _frags[siblingAt] != frag.Sibling())
                break;
            _frags.RemoveAt(siblingAt);
            at = Math.Min(at, siblingAt);
            frag = frag.Parent();
        }

        _frags.Insert(at, frag);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _frags);

    /// <summary>Drops the frags that lie inside the one that is about to replace them.</summary>
    private void Uncover(Frag frag)
    {
        int first = LastNotBehind(frag.Value);
        if (first < 0 || !frag.Contains(_frags[first]))
            first++;
        int end = first;
        while (end < _frags.Count && frag.Contains(_frags[end]))
            end++;
        _frags.RemoveRange(first, end - first);
    }

    /// <summary>Index of the last frag that starts at the hash or before; -1 when there is none.</summary>
    private int LastNotBehind(uint hash)
    {
        int low = -1;
        int high = _frags.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (_frags[middle].Value <= hash)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }
}
