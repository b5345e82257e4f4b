using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Learns what became of an appended event.</summary>
internal interface IAppendTarget
{
    /// <summary>Event <paramref name="seq"/> lies at <paramref name="position"/>, or could not be appended.</summary>
    void Appended(long seq, long position, IoError error);
}
