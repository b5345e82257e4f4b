using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Names a page of a dirfrag that another rank gives; its bytes follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct StagedPart
{
    public const int Bytes = 24;

    public DirPart Of;
    public ulong Number;

    public StagedPart(DirFrag of, ulong number)
    {
        Of = new DirPart(of);
        Number = number;
    }
}
