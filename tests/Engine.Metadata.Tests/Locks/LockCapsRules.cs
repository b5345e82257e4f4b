namespace Engine.Metadata.Tests.Locks;

/// <summary>Which bits of one lock two clients may have at a time.</summary>
internal static class LockCapsRules
{
    private const LockCaps Exclusive = LockCaps.Exclusive | LockCaps.Extend;
    private const LockCaps Caching = LockCaps.Shared | LockCaps.Cache;

    public static bool Agree(LockCaps one, LockCaps other) => AgreeOneWay(one, other) && AgreeOneWay(other, one);

    private static bool AgreeOneWay(LockCaps one, LockCaps other)
    {
        // The sole owner of what is protected.
        if ((one & Exclusive) != 0 && other != LockCaps.None)
            return false;
        if ((one & LockCaps.Write) != 0 && (other & (Caching | LockCaps.Buffer)) != 0)
            return false;
        return (one & LockCaps.Buffer) == 0
            || (other & (LockCaps.Read | LockCaps.Write | LockCaps.Buffer | LockCaps.Shared)) == 0;
    }
}
