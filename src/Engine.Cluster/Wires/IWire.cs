using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>A stream of bytes each way. One thread sends, one receives; anybody aborts.</summary>
internal interface IWire : IDisposable
{
    /// <summary>Sends the first of these bytes, as many as there is room for, and waits while there is none; how many, or a
    /// negative errno.</summary>
    long Send(ReadOnlySpan<IoVector> bytes);

    /// <summary>Receives into these ranges, and waits until they are full or the peer ends, or else only until there is
    /// something; how many bytes, 0 when the peer has ended, or a negative errno.</summary>
    long Receive(ReadOnlySpan<IoVector> room, bool fills = true);

    /// <summary>Says that nothing more will be sent.</summary>
    void EndSend();

    /// <summary>Ends both ways now; who waits in a call is let go with an error or an end. May be called again.</summary>
    void Abort();
}
