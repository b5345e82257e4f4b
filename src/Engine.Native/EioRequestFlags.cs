namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_request_flags</c>.</summary>
[Flags]
internal enum EioRequestFlags : uint
{
    None = 0,

    /// <summary>A write that is durable on completion.</summary>
    Fua = 1,
}
