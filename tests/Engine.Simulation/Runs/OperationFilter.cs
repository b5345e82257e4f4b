using System.Globalization;

namespace Engine.Simulation;

/// <summary>Which of a run's client operations take place, by number; all of them unless some were taken out.</summary>
public sealed class OperationFilter
{
    private readonly HashSet<long>? _kept;

    private OperationFilter(IEnumerable<long>? kept) => _kept = kept is null ? null : [.. kept];

    /// <summary>Every operation.</summary>
    public static OperationFilter All { get; } = new(null);

    /// <summary>Only these.</summary>
    public static OperationFilter Only(IEnumerable<long> numbers) => new(numbers);

    /// <summary>Does operation <paramref name="number"/> take place?</summary>
    public bool Includes(long number) => _kept is null || _kept.Contains(number);

    /// <summary>"all", or ranges: <c>0-5,9,12-14</c>.</summary>
    public override string ToString()
    {
        if (_kept is null)
            return "all";
        var ranges = new List<string>();
        long first = 0;
        long last = -2;
        foreach (long number in _kept.Order())
        {
            if (number == last + 1)
            {
                last = number;
                continue;
            }

            AddRange(ranges, first, last);
            first = last = number;
        }

        AddRange(ranges, first, last);
        return string.Join(',', ranges);
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out OperationFilter filter)
    {
        filter = All;
        if (text == "all")
            return true;
        var kept = new List<long>();
        foreach (string range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out long first) || !TryNumber(ends[^1], out long last))
                return false;
            for (long number = first; number <= last; number++)
                kept.Add(number);
        }

        filter = Only(kept);
        return true;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static void AddRange(List<string> ranges, long first, long last)
    {
        if (last >= first)
            ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{first}{(last > first ? $"-{last}" : "")}"));
    }
}
