using System.Numerics;

namespace Engine.Cache.ModelTests.Content;

/// <summary>Masks of a byte for each byte of content, 0 or 0xff, a register at a time: comparisons are most of a model's
/// work.</summary>
internal static class Masks
{
    public const byte Set = 0xff;

    /// <summary>Marks in <paramref name="wrong"/> where <paramref name="seen"/> differs from what it has to be; false when that
    /// is nowhere.</summary>
    public static bool MarkWrong(
        ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> undefined, ReadOnlySpan<byte> seen, Span<byte> wrong)
    {
        Vector<byte> any = Vector<byte>.Zero;
        int at = 0;
        for (; at <= seen.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            Vector<byte> equal = Vector.Equals(new Vector<byte>(wanted[at..]), new Vector<byte>(seen[at..]));
            Vector<byte> bad = Vector.OnesComplement(equal | new Vector<byte>(undefined[at..]));
            bad.CopyTo(wrong[at..]);
            any |= bad;
        }

        bool found = any != Vector<byte>.Zero;
        for (; at < seen.Length; at++)
        {
            wrong[at] = wanted[at] == seen[at] ? (byte)0 : (byte)~undefined[at];
            found |= wrong[at] != 0;
        }

        return found;
    }

    /// <summary>Clears the marks where <paramref name="seen"/> is what <paramref name="legal"/> says.</summary>
    public static void Allow(ReadOnlySpan<byte> legal, ReadOnlySpan<byte> seen, Span<byte> wrong)
    {
        for (int at = 0; at < seen.Length; at++)
            wrong[at] = legal[at] == seen[at] ? (byte)0 : wrong[at];
    }

    /// <summary>The first mark; -1 when there is none.</summary>
    public static int First(ReadOnlySpan<byte> marks) => marks.IndexOf(Set);
}
