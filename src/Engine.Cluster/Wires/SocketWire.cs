using System.Net.Sockets;
using Engine.Buffers;
using Engine.Native;

namespace Engine.Cluster;

/// <summary>A connected stream socket, which it owns. Bytes go from and into the memory named, by the shim's gather and
/// scatter.</summary>
internal sealed unsafe class SocketWire : IWire
{
    private const int TcpNotSentLowAt = 25;

    /// <summary>Bytes that wait in the kernel at most before they are sent: what a control frame cannot pass.</summary>
    private const int NotSentBytesMax = 512 << 10;

    private readonly Socket _socket;
    private readonly bool _isHeld;
    private readonly int _descriptor;

    public SocketWire(Socket socket)
    {
        _socket = socket;
        socket.SafeHandle.DangerousAddRef(ref _isHeld);
        _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        if (socket.ProtocolType != ProtocolType.Tcp)
            return;
        socket.NoDelay = true;
        socket.SetRawSocketOption((int)ProtocolType.Tcp, TcpNotSentLowAt, BitConverter.GetBytes(NotSentBytesMax));
    }

    public long Send(ReadOnlySpan<IoVector> bytes)
    {
        fixed (IoVector* vectors = bytes)
            return Shim.Send(_descriptor, (EioVector*)vectors, (uint)bytes.Length);
    }

    public long Receive(ReadOnlySpan<IoVector> room, bool fills = true)
    {
        fixed (IoVector* vectors = room)
            return Shim.Receive(_descriptor, (EioVector*)vectors, (uint)room.Length, fills ? Shim.ReceiveAll : 0);
    }

    public void EndSend() => TryShutdown(SocketShutdown.Send);

    public void Abort() => TryShutdown(SocketShutdown.Both);

    public void Dispose()
    {
        if (_isHeld)
            _socket.SafeHandle.DangerousRelease();
        _socket.Dispose();
    }

    /// <summary>A socket whose peer is gone already says that it is not connected: that is what was wanted.</summary>
    private void TryShutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return;
        }
    }
}
