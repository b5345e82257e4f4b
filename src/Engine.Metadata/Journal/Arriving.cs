// What a journal tells of a region that arrives, while it is read.
//
// Invariants: of each dirfrag there is a list of numbers, which are its pages; pages that no list has are of no use. Lists that
// are taken back leave nothing.

using System.Buffers;

namespace Engine.Metadata;

/// <summary>Pages that have come of a region.</summary>
/// <param name="root">Where the region begins.</param>
/// <param name="segment">The segment with the first of them.</param>
internal sealed class Arriving(DirFrag root, int segment)
{
    private readonly Dictionary<DirFrag, Chain> _dirs = [];
    private readonly Dictionary<Ino, List<DirFrag>> _byInode = [];

    /// <summary>Where the region begins.</summary>
    public DirFrag Base => root;

    /// <summary>The segment with the first of them.</summary>
    public int Segment => segment;

    /// <summary>Events that brought them.</summary>
    public int Events { get; set; }

    /// <summary>Dirfrags of the region.</summary>
    public int Count { get; private set; }

    /// <summary>A page behind the last one of the dirfrag.</summary>
    public void Append(DirFrag name, ReadOnlySpan<byte> page)
    {
        ulong[] before = _dirs.GetValueOrDefault(name)?.Numbers ?? [];
        ulong number = (ulong)before.Length + 1;
        Add(name, number, page);
        Say(name, [.. before, number]);
    }

    /// <summary>A page.</summary>
    public void Add(DirFrag name, ulong number, ReadOnlySpan<byte> page)
    {
        if (!_dirs.TryGetValue(name, out Chain? chain))
            _dirs.Add(name, chain = new Chain());
        chain.Pages[number] = page.ToArray();
    }

    /// <summary>The dirfrag's pages are these; none where it does not arrive after all.</summary>
    public void Say(DirFrag name, ReadOnlySpan<ulong> numbers)
    {
        if (!_dirs.TryGetValue(name, out Chain? chain))
            _dirs.Add(name, chain = new Chain());
        bool was = chain.Numbers.Length > 0;
        bool isNow = numbers.Length > 0;
        chain.Numbers = numbers.ToArray();
        HashSet<ulong> kept = [.. chain.Numbers];
        foreach (ulong number in chain.Pages.Keys.Where(number => !kept.Contains(number)).ToList())
            chain.Pages.Remove(number);
        if (was == isNow)
            return;
        Count += isNow ? 1 : -1;
        if (!_byInode.TryGetValue(name.Ino, out List<DirFrag>? frags))
            _byInode.Add(name.Ino, frags = []);
        if (isNow)
            frags.Add(name);
        else
            frags.Remove(name);
    }

    /// <summary>Adds the dirfrags of a directory.</summary>
    public void ListOf(Ino ino, Stack<DirFrag> dirs)
    {
        foreach (DirFrag name in _byInode.GetValueOrDefault(ino) ?? [])
            dirs.Push(name);
    }

    /// <summary>The bytes of a dirfrag; null where not all of its pages came.</summary>
    public byte[]? TryGet(DirFrag name)
    {
        if (!_dirs.TryGetValue(name, out Chain? chain) || chain.Numbers.Length == 0)
            return null;
        ArrayBufferWriter<byte> bytes = new();
        foreach (ulong number in chain.Numbers)
        {
            if (!chain.Pages.TryGetValue(number, out byte[]? page))
                return null;
            bytes.Write(page);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private sealed class Chain
    {
        public ulong[] Numbers { get; set; } = [];

        public Dictionary<ulong, byte[]> Pages { get; } = [];
    }
}
