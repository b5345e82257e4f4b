using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What ranks tell one another of pins.</summary>
internal static class PinFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<PinNews>(
            MigrationKind.PinNews, WireVersion.First,
            static (ref writer, message) =>
            {
                writer.WriteIno(message.Ino);
                writer.WriteRank(message.To);
            },
            static (ref reader) => new PinNews(reader.ReadIno(), reader.ReadRank())),
    ];
}
