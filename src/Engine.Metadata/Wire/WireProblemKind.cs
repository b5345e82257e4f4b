namespace Engine.Metadata;

/// <summary>Why bytes are no message, or a message cannot be sent.</summary>
public enum WireProblemKind
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The bytes, or a record among them, end within a field.</summary>
    Truncated,

    /// <summary>Bytes lie behind the last field of a record, or behind the message.</summary>
    Trailing,

    /// <summary>No message has this number.</summary>
    Kind,

    /// <summary>A record is of another major version than this program reads.</summary>
    Version,

    /// <summary>A record says that it is longer than what it lies in.</summary>
    Length,

    /// <summary>There are to be more items than the bytes left could hold.</summary>
    Count,

    /// <summary>A name, path, text or value is longer than it may be, or the whole message is.</summary>
    TooLong,

    /// <summary>Text that is not UTF-8.</summary>
    Text,

    /// <summary>Not a name of a directory's entry.</summary>
    Name,

    /// <summary>A field has a value that it cannot have: an unknown choice or flag, a rank or fragment that cannot be.</summary>
    Value,

    /// <summary>A copied record of metadata, or an attribute of it, has a value that it cannot have.</summary>
    Record,
}
