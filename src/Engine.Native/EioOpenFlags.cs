namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_open_flags</c>.</summary>
[Flags]
internal enum EioOpenFlags : uint
{
    None = 0,
    Write = 1,
    Direct = 2,

    /// <summary>EBUSY when a block device is mounted or held, or it or a file is locked.</summary>
    Exclusive = 4,

    /// <summary>Creates a regular file, EEXIST where one stands; needs <see cref="Write"/>.</summary>
    Create = 8,

    /// <summary>EBUSY when it is locked for one alone. Not with <see cref="Exclusive"/>.</summary>
    Shared = 16,
}
