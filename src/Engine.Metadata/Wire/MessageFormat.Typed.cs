namespace Engine.Metadata;

/// <inheritdoc/>
/// <typeparam name="T">The message.</typeparam>
/// <param name="kind">Its number.</param>
/// <param name="version">Version that is written, and read.</param>
/// <param name="write">Writes its fields.</param>
/// <param name="read">Reads them.</param>
public sealed class MessageFormat<T>(MessageKind kind, WireVersion version, WireWrite<T> write, WireRead<T> read)
    : MessageFormat(kind, version, typeof(T))
    where T : Message
{
    internal override void Write(ref WireWriter writer, Message message) => writer.WriteRecord(Version, (T)message, write);

    internal override Message Read(ref WireReader reader) => reader.ReadRecord(Version, read);
}
