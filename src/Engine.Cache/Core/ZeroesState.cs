namespace Engine.Cache;

/// <summary>How far a range that the store was asked to zero has come on its way to durable.</summary>
internal enum ZeroesState
{
    /// <summary>The store is zeroing it.</summary>
    Asked,

    /// <summary>Zeroed; a flush of the store is still to come.</summary>
    Open,

    /// <summary>Covered by the flush of the store in flight.</summary>
    Flushing,

    /// <summary>A flush failed: the store may have lost it, it is zeroed again before the next flush.</summary>
    Lost,
}
