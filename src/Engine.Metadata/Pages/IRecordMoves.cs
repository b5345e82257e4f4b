namespace Engine.Metadata;

/// <summary>Told when a chain moves records to other pages or slots, so that who refers to them follows.</summary>
public interface IRecordMoves
{
    /// <summary>An entry, link or directory record moved. Both places are readable during the call: <paramref name="to"/> is
    /// complete, <paramref name="from"/> goes away after it. The chain must not be changed from within the call.</summary>
    void RecordMoved(RecordRef from, RecordRef to);
}
