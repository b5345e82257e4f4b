using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Precedes each part of an event; the part's bytes follow, filled up to a multiple of 8.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct EventPart
{
    public const int Bytes = 8;

    public EventTag Tag;

    /// <summary>Meaning depends on the tag.</summary>
    public ushort Flags;

    /// <summary>Bytes that follow, without the filling.</summary>
    public int Length;

    /// <summary>The part and its filling.</summary>
    public readonly int Stride => Bytes + ((Length + 7) & ~7);
}
