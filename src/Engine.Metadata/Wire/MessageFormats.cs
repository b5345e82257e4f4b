using System.Buffers;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// Messages as bytes: kind (2 bytes), version (major, minor), length of what follows (4), fields; little-endian. No checksum: the
/// frame around a message has one. What is written can be read, and what is read has no field that it may not have. May be used
/// by several threads at once.
/// </summary>
public sealed class MessageFormats
{
    /// <summary>Longest message.</summary>
    public const int BytesMax = 64 << 20;

    private readonly Dictionary<MessageKind, MessageFormat> _byKind = [];
    private readonly Dictionary<Type, MessageFormat> _byType = [];

    /// <summary>Knows these kinds of messages: those of <see cref="MetadataFormats.Create"/>, and of a rank's modules.</summary>
    public MessageFormats(IEnumerable<MessageFormat> formats)
    {
        ArgumentNullException.ThrowIfNull(formats);
        foreach (MessageFormat format in formats)
        {
            bool isNew = format.Kind != MessageKind.None && _byKind.TryAdd(format.Kind, format)
                && _byType.TryAdd(format.Type, format);
            Invariant.That(isNew, "a kind of message has one number and one class");
        }
    }

    /// <summary>Appends a message; when it cannot be sent, says why and appends nothing.</summary>
    /// <param name="message">One of a known kind; it does not change meanwhile.</param>
    /// <param name="target">Has room in one piece for any message up to <see cref="BytesMax"/>.</param>
    public WireProblem TryWrite(Message message, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(target);
        bool isKnown = _byType.TryGetValue(message.GetType(), out MessageFormat? format);
        Invariant.That(isKnown && format is not null, "messages have a format");
        WireWriter measure = default;
        Write(ref measure, format, message);
        if (measure.Failed)
            return new WireProblem(measure.Problem, format.Kind, measure.Position);
        int length = measure.Position;
        var writer = new WireWriter(target.GetSpan(length)[..length]);
        Write(ref writer, format, message);
        Invariant.That(!writer.Failed && writer.Position == length, "a message does not change while it is written");
        target.Advance(length);
        return default;
    }

    /// <summary>Reads bytes that are one message, or says why they are none.</summary>
    public WireProblem TryRead(ReadOnlySpan<byte> bytes, out Message? message)
    {
        message = null;
        var reader = new WireReader(bytes);
        var kind = (MessageKind)reader.ReadUInt16();
        Message? read = null;
        if (bytes.Length > BytesMax)
            reader.Fail(WireProblemKind.TooLong);
        else if (_byKind.TryGetValue(kind, out MessageFormat? format))
            read = format.Read(ref reader);
        else
            reader.Fail(WireProblemKind.Kind);
        reader.End();
        if (reader.Failed)
            return new WireProblem(reader.Problem, kind, reader.Position);
        message = read;
        return default;
    }

    private static void Write(ref WireWriter writer, MessageFormat format, Message message)
    {
        writer.WriteUInt16((ushort)format.Kind);
        format.Write(ref writer, message);
    }
}
