namespace Engine.Metadata;

/// <summary>How the table of sessions changes. Values are stored.</summary>
public enum SessionChangeKind : byte
{
    /// <summary>A client has a session.</summary>
    Opened = 1,

    /// <summary>It has none any more.</summary>
    Closed = 2,
}
