using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>First bytes of every event. Length and checksum are the log record's.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct EventHeader
{
    public const int Bytes = 32;
    public const uint MagicValue = 0x314E5645;

    /// <summary>Of 1, records were not packed; 2 had an event for each change, and no <see cref="EventTag.NewDir"/>; readers of 3
    /// pass over parts that they do not know, and do not all know <see cref="EventTag.Exchange"/>; 4 had a region's pages in one
    /// segment, without numbers; 5 had no <see cref="EventTag.RankUpdate"/>, 6 no
    /// <see cref="EventTag.Moved"/>. A new kind of part is a new version.</summary>
    public const byte VersionValue = 7;
    public const byte VersionMin = 2;

    /// <summary>"EVN1".</summary>
    public uint Magic;

    public EventKind Kind;

    /// <summary>A reader refuses those that it does not know.</summary>
    public byte Version;

    public ushort Reserved;

    /// <summary>Number of the event, from 1, without gaps over all lives of the rank.</summary>
    public long Seq;

    /// <summary>The environment's time when it was made, microseconds.</summary>
    public long TimeMicros;

    /// <summary>Life of the rank that made it.</summary>
    public ulong Incarnation;
}
