using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Two names whose entries are exchanged: their dirfrags; the first name and the second follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct ExchangePart
{
    public const int Bytes = 40;

    public DirPart One;
    public DirPart Other;

    /// <summary>Bytes of the first name; the others are the second's.</summary>
    public int OneNameBytes;
    public uint Reserved;
}
