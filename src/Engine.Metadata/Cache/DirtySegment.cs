namespace Engine.Metadata;

/// <summary>The dirty dirfrags of one log segment, in order of arrival; links lie in the dirfrags.</summary>
internal sealed class DirtySegment
{
    private Dir? _last;

    public Dir? First { get; private set; }

    public int Count { get; private set; }

    public void Add(Dir dir)
    {
        dir.DirtyPrevious = _last;
        dir.DirtyNext = null;
        if (_last == null)
            First = dir;
        else
            _last.DirtyNext = dir;
        _last = dir;
        Count++;
    }

    public void Remove(Dir dir)
    {
        if (dir.DirtyPrevious == null)
            First = dir.DirtyNext;
        else
            dir.DirtyPrevious.DirtyNext = dir.DirtyNext;
        if (dir.DirtyNext == null)
            _last = dir.DirtyPrevious;
        else
            dir.DirtyNext.DirtyPrevious = dir.DirtyPrevious;
        dir.DirtyPrevious = dir.DirtyNext = null;
        Count--;
    }
}
