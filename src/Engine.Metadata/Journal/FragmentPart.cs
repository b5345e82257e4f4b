using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>One stage of the division of a directory anew, in an event. The frags of before and after follow, 4 bytes each; in
/// a <see cref="FragmentStage.Prepare"/> also the records of the dirfrags of before, for a way back.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct FragmentPart
{
    public const int Bytes = 24;

    public Ino Ino;

    /// <summary>What is divided anew: covers the frags of before as well as those after.</summary>
    public uint Under;

    public FragmentStage Stage;
    public byte Reserved;
    public ushort Reserved2;
    public int BeforeCount;
    public int AfterCount;
}
