using Engine.Buffers;

namespace Engine.Devices;

/// <summary>
/// The payload regions in the form in which they are registered: sorted, with neighbours joined up to the kernel's largest
/// buffer, so that a lookup is a short binary search and a buffer across two regions still counts as registered.
/// </summary>
internal sealed class RegisteredRegions
{
    // Limits of IORING_REGISTER_BUFFERS.
    private const ulong BytesMax = 1UL << 30;
    private const int CountMax = 16384;

    private readonly ulong[] _starts;
    private readonly ulong[] _ends;

    public RegisteredRegions(IReadOnlyList<IoVector> regions)
    {
        var sorted = new List<IoVector>(regions);
        sorted.Sort(static (a, b) => ((nuint)a.Address).CompareTo((nuint)b.Address));
        var starts = new List<ulong>();
        var ends = new List<ulong>();
        foreach (IoVector region in sorted)
        {
            ulong start = (nuint)region.Address;
            ulong end = start + region.Length;
            if (starts.Count > 0 && ends[^1] == start && end - starts[^1] <= BytesMax)
            {
                ends[^1] = end;
                continue;
            }

            starts.Add(start);
            ends.Add(end);
        }

        if (starts.Count > CountMax)
        {
            starts.RemoveRange(CountMax, starts.Count - CountMax);
            ends.RemoveRange(CountMax, ends.Count - CountMax);
        }

        _starts = [.. starts];
        _ends = [.. ends];
    }

    public static RegisteredRegions None { get; } = new([]);

    public int Count => _starts.Length;

    public IoVector this[int index] => new((nint)_starts[index], (nuint)(_ends[index] - _starts[index]));

    /// <summary>The index of the region that holds the whole vector, or -1.</summary>
    public int Find(IoVector vector)
    {
        if (_starts.Length == 0)
            return -1;
        ulong start = (nuint)vector.Address;
        int index = Array.BinarySearch(_starts, start);
        if (index < 0)
            index = ~index - 1;
        return index >= 0 && start + vector.Length <= _ends[index] ? index : -1;
    }
}
