namespace Engine.Metadata;

/// <summary>How one kind of message is written and read.</summary>
public abstract class MessageFormat
{
    private protected MessageFormat(MessageKind kind, WireVersion version, Type type)
    {
        Kind = kind;
        Version = version;
        Type = type;
    }

    /// <summary>Its number.</summary>
    public MessageKind Kind { get; }

    /// <summary>Version that is written, and read.</summary>
    public WireVersion Version { get; }

    /// <summary>Its class.</summary>
    public Type Type { get; }

    internal abstract void Write(ref WireWriter writer, Message message);

    internal abstract Message Read(ref WireReader reader);
}
