using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>A directory's pages on the wire.</summary>
internal sealed record DirectoryPages(ulong Number) : PagesMessage
{
    public static MessageFormat Format { get; } = new MessageFormat<DirectoryPages>(
        MessageKind.ModuleFirst, WireVersion.First, static (ref writer, message) => writer.WriteUInt64(message.Number),
        static (ref reader) => new DirectoryPages(reader.ReadUInt64()));
}
