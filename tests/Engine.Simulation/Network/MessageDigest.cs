using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Digests of messages that do not depend on the process, as hash codes of types and strings do.</summary>
internal static class MessageDigest
{
    [ThreadStatic]
    private static Dictionary<Type, ulong>? s_kinds;

    /// <summary>A digest of the message's class.</summary>
    public static ulong OfKind(Message message)
    {
        Dictionary<Type, ulong> kinds = s_kinds ??= [];
        Type type = message.GetType();
        if (!kinds.TryGetValue(type, out ulong digest))
        {
            digest = TraceHash.Of(type.Name);
            kinds.Add(type, digest);
        }

        return digest;
    }
}
