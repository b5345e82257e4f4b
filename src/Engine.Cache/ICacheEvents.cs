namespace Engine.Cache;

/// <summary>Notifications to the owner of the cached objects; called outside locks. What an implementation throws is counted
/// and does not harm the cache.</summary>
public interface ICacheEvents
{
    /// <summary>The last dirty or in-flight byte of the set was settled or dropped; called before the flushes that waited
    /// for it end.</summary>
    void OnSetClean(ObjectSet set);
}
