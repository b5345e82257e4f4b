using System.Globalization;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What operators may say to a rank. Checked by the command before anybody is asked, and by the rank again.</summary>
internal static class MigArguments
{
    /// <summary>Most exports at a tick that the thrasher takes.</summary>
    public const int ThrashMax = 100;

    /// <summary>A rank.</summary>
    public static RankId Rank(string text, string more = "") => IsNumber(text, RankId.CountMax - 1, out int rank)
        ? new RankId(rank)
        : throw new CliException(ExitCode.Usage, $"RANK: {text}: a rank is a number from 0 to {RankId.CountMax - 1}{more}");

    /// <summary>The rank of a pin; none for no pin.</summary>
    public static RankId Pin(string text) => text == "none" ? RankId.None : Rank(text, ", or none");

    /// <summary>A migration.</summary>
    public static MigrationId Migration(string text)
    {
        string[] parts = text.Split('.');
        bool isId = parts.Length == 3 && IsNumber(parts[0], RankId.CountMax - 1, out _)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && uint.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!isId)
            throw new CliException(ExitCode.Usage, $"{text}: a migration is named RANK.LIFE.NUMBER, as export list shows it");
        ulong life = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
        return new MigrationId(Rank(parts[0]), life, uint.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Exports that are to begin at every tick.</summary>
    public static int Thrash(string text) => IsNumber(text, ThrashMax, out int count)
        ? count : throw new CliException(ExitCode.Usage, $"thrash: {text}: allowed: 0 to {ThrashMax} exports");

    /// <summary>Milliseconds.</summary>
    public static int Slow(string text) => IsNumber(text, int.MaxValue, out int count)
        ? count : throw new CliException(ExitCode.Usage, $"--slow {text}: allowed: 0 or more, in ms");

    /// <summary>A point at which to die.</summary>
    public static KillPoint Point(string text) =>
        Enum.TryParse(text, out KillPoint at) && at != KillPoint.None && Enum.GetName(at) == text
            ? at
            : throw new CliException(
                ExitCode.Usage,
                $"inject kill: {text}: allowed: {string.Join(", ", Enum.GetNames<KillPoint>().Skip(1))}");

    private static bool IsNumber(string text, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;
}
