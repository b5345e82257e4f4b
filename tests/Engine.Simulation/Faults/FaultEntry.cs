using System.Globalization;

namespace Engine.Simulation;

/// <summary>One entry of a fault plan; what the words mean depends on the kind.</summary>
/// <param name="Id">Names it; stays the same when others are removed.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="AtMicros">When.</param>
/// <param name="Target">Number of the process.</param>
/// <param name="Other">Number of the other process, -1 for all others.</param>
/// <param name="Amount">Duration in microseconds.</param>
/// <param name="Count">A number of effects, operations or microseconds.</param>
/// <param name="Salt">Seeds the choices that the fault makes when it strikes.</param>
public readonly record struct FaultEntry(
    int Id, FaultKind Kind, long AtMicros, int Target, int Other, long Amount, int Count, ulong Salt)
{
    /// <summary>One line, read back by <see cref="TryParse"/>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Id} {Kind} at={AtMicros} target={Target} other={Other} amount={Amount} count={Count} salt={Salt:x}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string line, out FaultEntry entry)
    {
        entry = default;
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 8 || !int.TryParse(words[0], CultureInfo.InvariantCulture, out int id)
            || !Enum.TryParse(words[1], out FaultKind kind) || !Enum.IsDefined(kind))
        {
            return false;
        }

        if (!TryNumber(words[2], "at=", out long at) || !TryNumber(words[3], "target=", out long target)
            || !TryNumber(words[4], "other=", out long other) || !TryNumber(words[5], "amount=", out long amount)
            || !TryNumber(words[6], "count=", out long count) || !words[7].StartsWith("salt=", StringComparison.Ordinal)
            || !ulong.TryParse(words[7].AsSpan(5), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong salt))
        {
            return false;
        }

        entry = new FaultEntry(id, kind, at, (int)target, (int)other, amount, (int)count, salt);
        return at >= 0 && amount >= 0;
    }

    private static bool TryNumber(string word, string name, out long value)
    {
        value = 0;
        return word.StartsWith(name, StringComparison.Ordinal)
            && long.TryParse(word.AsSpan(name.Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }
}
