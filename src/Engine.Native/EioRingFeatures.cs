namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_ring_features</c>.</summary>
[Flags]
internal enum EioRingFeatures : uint
{
    None = 0,
    SingleIssuer = 1,
    DeferTaskrun = 2,
    CoopTaskrun = 4,
    FixedFile = 8,

    /// <summary>Buffers may be registered.</summary>
    FixedBuffers = 16,
}
