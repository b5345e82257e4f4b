namespace Engine.Cache;

/// <summary>Notifications to the owner of the cached objects; called outside locks. What an implementation throws is counted
/// and does not harm the cache.</summary>
public interface ICacheEvents
{
    /// <summary>The last dirty or in-flight byte of the set was settled or dropped; called before the flushes that waited
    /// for it end.</summary>
    void OnSetClean(ObjectSet set);

    /// <summary>Dirty data could not be written; where one failure ends a flush, called before that does. Until the answer is
    /// there the object's data is left alone, but for flushes: it must not wait for the cache to have room. An answer that comes
    /// after the data was written, or its set was purged or has failed, decides nothing, and none gives up what was put in its
    /// place meanwhile.</summary>
    /// <returns>What becomes of it.</returns>
    WritebackAction OnWritebackError(WritebackError failure) => failure.DefaultAction;
}
