using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Counts pins by object and kind, to find who releases what it does not hold, or never releases. Kept only where a
/// cache checks itself, which asks for all kinds of every object in each of its checks: they are looked up together. Looked up,
/// never walked for effects.</summary>
internal sealed class PinLedger
{
    private const int KindCount = (int)PinKind.ExportingCaps + 1;

    private readonly Dictionary<long, Counts> _counts = [];

    public void Add(bool isDir, int id, PinKind kind) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, Key(isDir, id), out _)[(int)kind]++;

    public void Remove(bool isDir, int id, PinKind kind)
    {
        ref Counts counts = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, Key(isDir, id));
        if (Unsafe.IsNullRef(ref counts) || counts[(int)kind] == 0)
            Invariant.Fail($"{(isDir ? "dirfrag" : "node")} {id} releases a pin of kind {kind} that it does not hold");
        counts[(int)kind]--;
        if (counts[..].IndexOfAnyExcept(0) < 0)
            _counts.Remove(Key(isDir, id));
    }

    public int Count(bool isDir, int id, PinKind kind) => _counts.GetValueOrDefault(Key(isDir, id))[(int)kind];

    /// <summary>Pins of all kinds on an object.</summary>
    public int Total(bool isDir, int id)
    {
        int total = 0;
        foreach (int count in _counts.GetValueOrDefault(Key(isDir, id)))
            total += count;
        return total;
    }

    /// <summary>The kinds an object is pinned by, for reports.</summary>
    public string Describe(bool isDir, int id)
    {
        List<string> parts = [];
        for (PinKind kind = 0; kind <= PinKind.ExportingCaps; kind++)
        {
            int count = Count(isDir, id, kind);
            if (count > 0)
                parts.Add($"{kind}:{count}");
        }

        return parts.Count == 0 ? "none" : string.Join(' ', parts);
    }

    private static long Key(bool isDir, int id) => ((long)id << 1) | (isDir ? 1L : 0);

    /// <summary>Pins of each kind.</summary>
    [InlineArray(KindCount)]
    private struct Counts
    {
        private int _first;
    }
}
