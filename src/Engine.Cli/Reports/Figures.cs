using System.Globalization;

namespace Engine.Cli.Reports;

/// <summary>Writes numbers for tables.</summary>
internal static class Figures
{
    /// <summary>A duration in the unit that suits it: 123 ns, 4.56 us, 7.89 ms, 1.23 s.</summary>
    public static string Duration(double ns) => ns switch
    {
        < 1e3 => Number(ns, "0") + " ns",
        < 1e6 => Number(ns / 1e3, "0.00") + " us",
        < 1e9 => Number(ns / 1e6, "0.00") + " ms",
        _ => Number(ns / 1e9, "0.00") + " s",
    };

    /// <summary>A count with a suffix that keeps four digits: 1234, 12.3k, 4.56M.</summary>
    public static string Count(double value) => value switch
    {
        < 10_000 => Number(value, "0"),
        < 1e6 => Number(value / 1e3, "0.0") + "k",
        < 1e9 => Number(value / 1e6, "0.00") + "M",
        _ => Number(value / 1e9, "0.00") + "G",
    };

    /// <summary>A count of things.</summary>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>A share in percent, or a dash.</summary>
    public static string Percent(double? share) => share is double value ? Number(value * 100, "0.0") + " %" : "-";

    /// <summary>A number with the given format, whatever the machine's language.</summary>
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
