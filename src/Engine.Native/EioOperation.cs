namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_op</c>.</summary>
internal enum EioOperation : uint
{
    Read = 1,
    Write = 2,
    Flush = 3,
    Discard = 4,
    WriteZeroes = 5,
}
