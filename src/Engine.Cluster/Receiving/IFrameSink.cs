using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Takes what a <see cref="FrameReceiver"/> reads, on the receiving thread.</summary>
internal interface IFrameSink
{
    /// <summary>Bytes came.</summary>
    void Heard();

    /// <summary>A hello or welcome.</summary>
    void TakeGreeting(FrameKind kind, in Greeting greeting);

    void TakeRefusal(in Refusal refusal);

    /// <summary>A message; one with pages has them, and they are the sink's.</summary>
    void TakeMessage(Message message);

    /// <summary>The peer wants no more of a transfer.</summary>
    void TakeDeclined(uint transfer);

    void TakeGoodbye();

    /// <summary>There is no room for a transfer of the peer's: it is to be told.</summary>
    void Decline(uint transfer);
}
