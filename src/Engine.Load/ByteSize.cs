using System.Globalization;

namespace Engine.Load;

/// <summary>
/// Sizes as people write them: <c>4k</c>, <c>1m</c>, <c>512KiB</c>, <c>1GiB</c>, <c>1g</c>. All suffixes are powers of 1024, as
/// fio takes them by default.
/// </summary>
public static class ByteSize
{
    /// <summary>What is allowed, for messages.</summary>
    public const string Allowed = "a number of bytes with an optional suffix k, m, g or t (powers of 1024), less than 8 EiB, "
        + "for example 4k or 1GiB";

    private static readonly string[] s_units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Reads a size in bytes; false when the text is none, is negative, or does not fit.</summary>
    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        if (string.IsNullOrWhiteSpace(text))
            return false;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            digits++;
        int shift = ShiftOf(rest[digits..].Trim());
        if (shift < 0)
            return false;
        ReadOnlySpan<char> number = rest[..digits];
        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long whole))
        {
            if (whole > long.MaxValue >> shift)
                return false;
            bytes = whole << shift;
            return true;
        }

        if (shift == 0
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal part)
            || part > long.MaxValue >> shift)
            return false;
        decimal exact = part * (1L << shift);
        bytes = (long)exact;
        return bytes == exact;
    }

    /// <summary>Writes a size with the largest unit that keeps it readable: whole where exact, else with two decimals.</summary>
    public static string Format(long bytes)
    {
        int unit = 0;
        while (unit < s_units.Length - 1 && Math.Abs((double)bytes) >= 1L << (10 * (unit + 1)))
            unit++;
        double value = (double)bytes / (1L << (10 * unit));
        if (unit < s_units.Length - 1 && Math.Round(Math.Abs(value), 2) >= 1024)
            value = (double)bytes / (1L << (10 * ++unit));
        string format = value == Math.Floor(value) ? "0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    private static int ShiftOf(ReadOnlySpan<char> suffix)
    {
        if (suffix.Length == 0 || suffix.Equals("b", StringComparison.OrdinalIgnoreCase))
            return 0;
        ReadOnlySpan<char> tail = suffix[1..];
        bool known = tail.Length == 0 || tail.Equals("b", StringComparison.OrdinalIgnoreCase)
            || tail.Equals("ib", StringComparison.OrdinalIgnoreCase);
        if (!known)
            return -1;
        return char.ToLowerInvariant(suffix[0]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => -1 };
    }
}
