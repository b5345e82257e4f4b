using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Counts pins by object and kind, to find who releases what it does not hold, or never releases. Kept only where a
/// cache checks itself; looked up, never walked for effects.</summary>
internal sealed class PinLedger
{
    private readonly Dictionary<(bool IsDir, int Id, PinKind Kind), int> _counts = [];

    public void Add(bool isDir, int id, PinKind kind) =>
        _counts[(isDir, id, kind)] = Count(isDir, id, kind) + 1;

    public void Remove(bool isDir, int id, PinKind kind)
    {
        int count = Count(isDir, id, kind);
        if (count == 0)
            Invariant.Fail($"{(isDir ? "dirfrag" : "node")} {id} releases a pin of kind {kind} that it does not hold");
        if (count == 1)
            _counts.Remove((isDir, id, kind));
        else
            _counts[(isDir, id, kind)] = count - 1;
    }

    public int Count(bool isDir, int id, PinKind kind) => _counts.GetValueOrDefault((isDir, id, kind));

    /// <summary>Pins of all kinds on an object.</summary>
    public int Total(bool isDir, int id)
    {
        int total = 0;
        for (PinKind kind = 0; kind <= PinKind.ExportingCaps; kind++)
            total += Count(isDir, id, kind);
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
}
