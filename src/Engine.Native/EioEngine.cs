namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_engine</c>.</summary>
internal enum EioEngine : uint
{
    Uring = 1,
    Aio = 2,
}
