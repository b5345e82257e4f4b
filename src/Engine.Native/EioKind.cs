namespace Engine.Native;

/// <summary>Mirror of <c>enum eio_kind</c>.</summary>
internal enum EioKind : uint
{
    File = 1,
    Block = 2,
    Other = 3,
}
