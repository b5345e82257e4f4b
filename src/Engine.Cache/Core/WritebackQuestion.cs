namespace Engine.Cache;

/// <summary>What the owner of a set is asked about one of its objects; each is one of its own, whatever it says.</summary>
internal sealed class WritebackQuestion(int obj, WritebackError failure)
{
    public int Object => obj;

    public WritebackError Failure => failure;

    /// <summary>An answer still has something to decide.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>What of the range nobody has written anew since the failure.</summary>
    public List<(long From, long To)> Parts { get; } = [(failure.Offset, failure.Offset + failure.Length)];

    public bool IsAbout(long from, long to) => Parts.Exists(part => part.From < to && part.To > from);

    /// <summary>Newer bytes took the place of those that failed: they are not asked about.</summary>
    public void Cut(long from, long to)
    {
        for (int i = Parts.Count - 1; i >= 0; i--)
        {
            (long start, long end) = Parts[i];
            if (start >= to || end <= from)
                continue;
            Parts.RemoveAt(i);
            if (start < from)
                Parts.Add((start, from));
            if (end > to)
                Parts.Add((to, end));
        }
    }
}
