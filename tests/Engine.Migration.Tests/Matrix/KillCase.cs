using System.Globalization;
using Engine.Buffers;

namespace Engine.Migration.Tests;

/// <summary>A run of the kill matrix: all that happens in it follows from this.</summary>
/// <param name="Exporter">Point at which the exporter dies; none for nowhere.</param>
/// <param name="Importer">Point at which the importer dies; none for nowhere.</param>
/// <param name="Effect">Effect of the exporter's (even) or importer's (odd) that is not carried out any more, twice its number
/// from the migration's beginning on; -1 for none. Before each effect lies the place behind a journal write or before a send.
/// </param>
/// <param name="Policy">Who comes back.</param>
/// <param name="Model">What becomes of messages.</param>
/// <param name="Seed">Draws everything else.</param>
internal sealed record KillCase(
    KillPoint Exporter, KillPoint Importer, int Effect, RestartPolicy Policy, MessageModel Model, ulong Seed)
{
    /// <summary>What kills, without how.</summary>
    public string Place => Effect >= 0
        ? string.Create(CultureInfo.InvariantCulture, $"{(Effect % 2 == 0 ? "E" : "I")}@{Effect / 2}")
        : Importer == KillPoint.None ? $"{Exporter}"
        : Exporter == KillPoint.None ? $"{Importer}"
        : $"{Exporter}+{Importer}";

    /// <summary>Draws what the seed decides, the same every time.</summary>
    public SeededRandom Random() =>
        new(Seed + (1000 * (ulong)Exporter) + (1_000_000 * (ulong)Importer) + (1_000_000_000 * (ulong)(Effect + 1))
            + (1_000_000_000_000 * (((ulong)Policy * 10) + (ulong)Model)));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Place} {Policy} {Model} {Seed}");

    /// <summary>The reverse of <see cref="ToString"/>.</summary>
    public static KillCase Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] points = words[0].Split('+');
        KillPoint exporter = KillPoint.None;
        KillPoint importer = KillPoint.None;
        int effect = -1;
        foreach (string each in points)
        {
            if (each[1] == '@')
                effect = (2 * int.Parse(each[2..], CultureInfo.InvariantCulture)) + (each[0] == 'E' ? 0 : 1);
            else if (Enum.Parse<KillPoint>(each) is var point && point < KillPoint.Import1)
                exporter = point;
            else
                importer = point;
        }

        return new KillCase(
            exporter, importer, effect, Enum.Parse<RestartPolicy>(words[1]), Enum.Parse<MessageModel>(words[2]),
            ulong.Parse(words[3], CultureInfo.InvariantCulture));
    }
}
