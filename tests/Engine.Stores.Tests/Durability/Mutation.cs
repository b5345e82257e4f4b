namespace Engine.Stores.Tests.Durability;

/// <summary>A bug in the layers above the device, as the device sees it.</summary>
internal enum Mutation
{
    /// <summary>No bug.</summary>
    None,

    /// <summary>The device is never flushed.</summary>
    NoFlush,

    /// <summary>The device is flushed while the writes that the flush should cover are still under way.</summary>
    EarlyFlush,

    /// <summary>What a failed flush may have lost is not written again: the next flush is trusted.</summary>
    NoRewrite,

    /// <summary>FUA writes reach the device as plain ones.</summary>
    NoFua,
}
