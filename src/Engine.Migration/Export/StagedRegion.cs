// What of a region the importer has before it is frozen, as its exporter knows it.
//
// A page is known by the number of its sealing: whoever changes the page ends that, and when it is sealed again it has another
// one. So what is at the importer and still good is found by looking at the pages as they are; nobody has to say what changed.
// Invariants: the numbers are those of the pages of the dirfrags, each once; what the importer was told to forget is not among
// them; as many bytes as are counted here it counts too.

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What the importer has of a region.</summary>
/// <param name="bytesMax">Bytes of pages that it takes.</param>
internal sealed class StagedRegion(ulong bytesMax)
{
    private readonly Dictionary<DirFrag, Staged> _dirs = [];
    private readonly HashSet<ulong> _numbers = [];
    private readonly Queue<(uint Number, long Bytes)> _underWay = new();

    /// <summary>Dirfrags that the round has not come to, the next one last.</summary>
    private readonly List<DirFrag> _left = [];

    /// <summary>The last message that was sent.</summary>
    public uint Number { get; private set; }

    /// <summary>The last one that was answered.</summary>
    public uint Answered { get; private set; }

    /// <summary>Messages that are not answered.</summary>
    public uint UnderWay => Number - Answered;

    /// <summary>Bytes of those.</summary>
    public long BytesUnderWay { get; private set; }

    /// <summary>Dirfrags that the importer may forget, and has not been told of.</summary>
    public IReadOnlyList<DirFrag> Gone { get; set; } = [];

    /// <summary>Rounds that began.</summary>
    public int Rounds { get; private set; }

    /// <summary>Bytes that the present one sent.</summary>
    public long RoundBytes { get; private set; }

    /// <summary>Bytes that the one before sent.</summary>
    public long LastRoundBytes { get; private set; } = long.MaxValue;

    /// <summary>Bytes of pages at the importer, each with the room that it takes there.</summary>
    public long Bytes { get; private set; }

    /// <summary>The importer takes no more.</summary>
    public bool IsFull { get; private set; }

    /// <summary>A message goes.</summary>
    public void Sent(long bytes)
    {
        Number++;
        RoundBytes += bytes;
        BytesUnderWay += bytes;
        _underWay.Enqueue((Number, bytes));
    }

    /// <summary>A message was answered, and so are those before it.</summary>
    public void AnswerCame(uint number)
    {
        Answered = number;
        while (_underWay.TryPeek(out (uint Number, long Bytes) first) && first.Number <= number)
            BytesUnderWay -= _underWay.Dequeue().Bytes;
    }

    /// <summary>Begins a round.</summary>
    /// <param name="region">The dirfrags as they are now.</param>
    public void BeginRound(List<DirFrag> region)
    {
        LastRoundBytes = Rounds == 0 ? long.MaxValue : RoundBytes;
        RoundBytes = 0;
        Rounds++;
        _left.Clear();
        _left.AddRange(region);
        _left.Reverse();
        HashSet<DirFrag> known = [.. region];
        List<DirFrag> gone = [.. _dirs.Keys.Where(name => !known.Contains(name))];
        foreach (DirFrag name in gone)
            Forget(name);
        Gone = gone;
    }

    /// <summary>The next dirfrag of the round.</summary>
    public bool TryNext(out DirFrag name)
    {
        name = _left.Count > 0 ? _left[^1] : default;
        if (_left.Count == 0)
            return false;
        _left.RemoveAt(_left.Count - 1);
        return true;
    }

    /// <summary>One that was taken comes next all the same.</summary>
    public void PutBack(DirFrag name) => _left.Add(name);

    /// <summary>Adds what is not at the importer of a sealed chain to a parcel, and what it then has to a list.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="pages">Gets pages.</param>
    /// <param name="dirs">Gets the dirfrag, unless the importer has all of it, or takes no more.</param>
    /// <param name="most">Bytes that it may be.</param>
    /// <returns>False where it is more.</returns>
    public bool TryAdd(PageChain chain, PageParcel pages, List<ExportedDir> dirs, long most)
    {
        long bytes = BytesToSend(chain);
        if (IsFull || bytes == 0)
            return true;
        if (bytes > most)
            return false;
        // Both are there while the importer changes one for the other.
        IsFull = (ulong)(Bytes + bytes) > bytesMax;
        if (IsFull)
            return true;
        dirs.Add(Describe(chain, pages));
        Forget(chain.Of);
        var numbers = new ulong[chain.StoredPageCount];
        for (int i = 0; i < numbers.Length; i++)
            _numbers.Add(numbers[i] = chain.StampOf(i).Number);
        _dirs.Add(chain.Of, new Staged(numbers, chain.BytesUsed));
        Bytes += chain.BytesUsed;
        return true;
    }

    /// <summary>The pages of a sealed chain; those that are not at the importer are added to a parcel.</summary>
    public ExportedDir Describe(PageChain chain, PageParcel pages)
    {
        var described = new ExportedPage[chain.StoredPageCount];
        for (int i = 0; i < described.Length; i++)
        {
            PageStamp stamp = chain.StampOf(i);
            bool isHere = !_numbers.Contains(stamp.Number);
            described[i] = new ExportedPage(stamp, isHere);
            if (isHere)
                chain.ShareIn(pages, i);
        }

        return new ExportedDir(chain.Of, described);
    }

    /// <summary>Bytes of a sealed chain's pages that are not at the importer.</summary>
    private long BytesToSend(PageChain chain)
    {
        long bytes = 0;
        for (int i = 0; i < chain.StoredPageCount; i++)
            bytes += _numbers.Contains(chain.StampOf(i).Number) ? 0 : PageSize.Of(chain.StoredPage(i).SizeClass);
        return bytes;
    }

    private void Forget(DirFrag name)
    {
        if (!_dirs.Remove(name, out Staged known))
            return;
        _numbers.ExceptWith(known.Numbers);
        Bytes -= known.Bytes;
    }

    private readonly record struct Staged(ulong[] Numbers, long Bytes);
}
