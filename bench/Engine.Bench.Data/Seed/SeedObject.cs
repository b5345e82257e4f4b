namespace Engine.Bench.Data;

/// <summary>The pieces of an object in the order of their offsets: a sorted array, faster than a tree to find in.</summary>
internal sealed class SeedObject(long number)
{
    private readonly List<SeedPiece> _pieces = [];

    public long Number => number;

    public int Count => _pieces.Count;

    public SeedPiece this[int index] => _pieces[index];

    /// <summary>The first piece that ends behind an offset.</summary>
    public int Find(long offset)
    {
        int low = 0;
        int high = _pieces.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_pieces[middle].End <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public void Insert(int index, SeedPiece piece) => _pieces.Insert(index, piece);

    public void RemoveAt(int index) => _pieces.RemoveAt(index);
}
