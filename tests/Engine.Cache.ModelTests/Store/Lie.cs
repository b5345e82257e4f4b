namespace Engine.Cache.ModelTests.Store;

/// <summary>What a store does wrong, so that a test can see the model find it.</summary>
public enum Lie
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A write is reported and not done.</summary>
    WriteLost,

    /// <summary>A write is done in its first half only.</summary>
    WriteTorn,

    /// <summary>A read brings a byte that is not the store's.</summary>
    ReadWrong,

    /// <summary>A flush is reported and makes nothing durable.</summary>
    FlushLost,

    /// <summary>An operation is never reported.</summary>
    Silent,

    /// <summary>What a write is sent from changes before it is done.</summary>
    BytesChanged,
}
