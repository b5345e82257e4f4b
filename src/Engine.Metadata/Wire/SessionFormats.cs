namespace Engine.Metadata;

/// <summary>Messages about sessions.</summary>
internal static class SessionFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<SessionOpen>(
            MessageKind.SessionOpen, WireVersion.First,
            static (ref writer, message) => writer.WriteText(message.Address),
            static (ref reader) => new SessionOpen(reader.ReadText())),
        Empty(MessageKind.SessionOpened, static () => new SessionOpened()),
        Numbered(MessageKind.SessionClose, static message => message.CapPushSeq, static seq => new SessionClose(seq)),
        new MessageFormat<SessionClosed>(
            MessageKind.SessionClosed, WireVersion.First,
            static (ref writer, message) => writer.WriteChoice((int)message.Reason, (int)SessionEnd.NoRoom),
            static (ref reader) => new SessionClosed((SessionEnd)reader.ReadChoice((int)SessionEnd.NoRoom))),
        Numbered(MessageKind.SessionRenew, static message => message.Seq, static seq => new SessionRenew(seq)),
        Numbered(MessageKind.SessionRenewed, static message => message.Seq, static seq => new SessionRenewed(seq)),
        Empty(MessageKind.SessionStale, static () => new SessionStale()),
        Numbered(MessageKind.SessionFlush, static message => message.CapPushSeq, static seq => new SessionFlush(seq)),
        Numbered(MessageKind.SessionFlushAck, static message => message.CapPushSeq, static seq => new SessionFlushAck(seq)),
        Empty(MessageKind.SessionReadOnly, static () => new SessionReadOnly()),
        new MessageFormat<Reconnect>(
            MessageKind.Reconnect, WireVersion.First,
            static (ref writer, message) => writer.WriteRecords(WireVersion.First, message.Caps, Write),
            static (ref reader) => new Reconnect(reader.ReadRecords(WireVersion.First, ReadCap))),
    ];

    private static MessageFormat<T> Empty<T>(MessageKind kind, Func<T> make)
        where T : Message =>
        new(kind, WireVersion.First, static (ref _, _) => { }, (ref _) => make());

    private static MessageFormat<T> Numbered<T>(MessageKind kind, Func<T, ulong> number, Func<ulong, T> make)
        where T : Message =>
        new(
            kind, WireVersion.First,
            (ref writer, message) => writer.WriteUInt64(number(message)),
            (ref reader) => make(reader.ReadUInt64()));

    private static void Write(ref WireWriter writer, CapReconnect cap)
    {
        writer.WriteIno(cap.Ino);
        writer.WriteUInt64(cap.CapId);
        writer.WriteCaps(cap.Wanted);
        writer.WriteCaps(cap.Issued);
        writer.WritePath(cap.Path.Span);
        writer.WriteCaps(cap.Flushing);
        writer.WriteUInt64(cap.FlushTid);
    }

    private static CapReconnect ReadCap(ref WireReader reader) =>
        new(
            reader.ReadIno(), reader.ReadUInt64(), reader.ReadCaps(), reader.ReadCaps(), reader.ReadPath(), reader.ReadCaps(),
            reader.ReadUInt64());
}
