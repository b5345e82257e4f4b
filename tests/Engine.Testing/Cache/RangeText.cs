using System.Globalization;

namespace Engine.Testing.Cache;

/// <summary>Ranges as the specification writes them: <c>offset~length</c>, with K and M for exact multiples.</summary>
public static class RangeText
{
    public static string Format(long offset, long length) => $"{Number(offset)}~{Number(length)}";

    private static string Number(long value)
    {
        if (value != 0 && value % (1 << 20) == 0)
            return (value >> 20).ToString(CultureInfo.InvariantCulture) + "M";
        if (value != 0 && value % (1 << 10) == 0)
            return (value >> 10).ToString(CultureInfo.InvariantCulture) + "K";
        return value.ToString(CultureInfo.InvariantCulture);
    }
}
