using System.Net;
using System.Net.Sockets;
using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>A peer that sends whatever bytes a test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private static readonly int s_patienceMs = 60_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RawPeer(IPEndPoint address, int receiveBuffer = 0)
    {
        if (receiveBuffer > 0)
            _socket.ReceiveBufferSize = receiveBuffer;
        _socket.ReceiveTimeout = s_patienceMs;
        _socket.NoDelay = true;
        _socket.Connect(address);
    }

    public static Greeting Hello(Peer from, Peer to, ulong dial = 1) =>
        FrameSamples.Hello with { From = from, To = to, Dial = dial };

    /// <summary>Greets and is let in.</summary>
    public RawPeer Enter(Peer from, Peer to, ulong dial = 1)
    {
        Send(FrameSamples.Of(FrameKind.Hello, FrameSamples.Body(Hello(from, to, dial))));
        Assert.Equal(FrameKind.Welcome, Receive().Kind);
        return this;
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Sends as much as there is room for, and comes back.</summary>
    public int SendSome(ReadOnlySpan<byte> bytes)
    {
        _socket.Blocking = false;
        int sent = _socket.Send(bytes, SocketFlags.None, out _);
        _socket.Blocking = true;
        return Math.Max(sent, 0);
    }

    /// <summary>The next frame.</summary>
    public (FrameKind Kind, FrameHeader Header, byte[] Content) Receive()
    {
        byte[] head = ReceiveBytes(FrameHeader.Bytes);
        Assert.True(FrameHeader.TryRead(head, FrameDecoder.Anything, out FrameHeader header).IsNone);
        return (header.Kind, header, ReceiveBytes(header.BodyBytes + header.PayloadBytes));
    }

    /// <summary>The next frame that is no heartbeat.</summary>
    public (FrameKind Kind, FrameHeader Header, byte[] Content) ReceiveTalk()
    {
        while (true)
        {
            (FrameKind Kind, FrameHeader Header, byte[] Content) frame = Receive();
            if (frame.Kind != FrameKind.Heartbeat)
                return frame;
        }
    }

    /// <summary>Reads what still comes until the other end ends.</summary>
    public void ReceiveEnd()
    {
        var rest = new byte[4096];
        try
        {
            while (_socket.Receive(rest) > 0)
                continue;
        }
        catch (SocketException reset)
        {
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }

    public void EndSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private byte[] ReceiveBytes(int count)
    {
        var bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            int received = _socket.Receive(bytes.AsSpan(at));
            Assert.True(received > 0, "the connection ended");
            at += received;
        }

        return bytes;
    }
}
