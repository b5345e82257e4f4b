namespace Engine.Volumes;

/// <summary>How far a piece of a request has come.</summary>
internal enum PieceStage
{
    /// <summary>Waits until no overlapping write is under way.</summary>
    Range,

    /// <summary>Waits for blocks.</summary>
    Memory,

    /// <summary>Has what it needs, and is handed to the store next.</summary>
    Submit,

    /// <summary>An unaligned write reads what it does not cover.</summary>
    Filling,

    /// <summary>The transfer itself is at the store.</summary>
    Transfer,
}
