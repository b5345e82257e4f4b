namespace Engine.Metadata;

/// <summary>The dirty dirfrags of one log segment, in order of arrival; links lie in the dirfrags.</summary>
internal sealed class DirtySegment
{
    public Dir? Last { get; private set; }

    public int Count { get; private set; }

    public void Add(Dir dir)
    {
        dir.DirtyPrevious = Last;
        dir.DirtyNext = null;
        if (Last != null)
            Last.DirtyNext = dir;
        Last = dir;
        Count++;
    }

    public void Remove(Dir dir)
    {
        if (dir.DirtyPrevious != null)
            dir.DirtyPrevious.DirtyNext = dir.DirtyNext;
        if (dir.DirtyNext == null)
            Last = dir.DirtyPrevious;
        else
            dir.DirtyNext.DirtyPrevious = dir.DirtyPrevious;
        dir.DirtyPrevious = dir.DirtyNext = null;
        Count--;
    }
}
