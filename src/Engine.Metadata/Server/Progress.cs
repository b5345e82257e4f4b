namespace Engine.Metadata;

/// <summary>How far an attempt at a request came.</summary>
internal enum Progress
{
    /// <summary>Answered, or the answer waits for the journal.</summary>
    Done,

    /// <summary>Waits on an object, and is tried again from its beginning.</summary>
    Waits,
}
