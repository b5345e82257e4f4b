namespace Engine.Metadata;

/// <summary>May a change be begun, as far as the journal is concerned?</summary>
public enum JournalRoom
{
    /// <summary>Yes.</summary>
    Open,

    /// <summary>When what was appended is durable: too much is on its way.</summary>
    Flushing,

    /// <summary>When segments that are written back have gone.</summary>
    Expiring,

    /// <summary>No: the log is full, and nothing can be let go.</summary>
    Full,
}
