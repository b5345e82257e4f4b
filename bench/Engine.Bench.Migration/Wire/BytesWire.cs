using System.Net;
using System.Net.Sockets;

namespace Engine.Bench.Migration;

/// <summary>Bytes from one plain socket to another: what the runtime offers.</summary>
internal abstract class BytesWire : WireContender
{
    private const int ReceiveBytes = 256 << 10;
    private const string ReceiverName = "bench-receive";

    private readonly object _lock = new();
    private readonly Socket _from = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _to;
    private readonly Thread _receiver;
    private long _sent;
    private long _received;

    protected BytesWire(string name)
        : base(name)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _from.NoDelay = true;
        _from.Connect(listener.LocalEndPoint!);
        _to = listener.Accept();
        _receiver = new Thread(Receive) { IsBackground = true, Name = ReceiverName };
        _receiver.Start();
    }

    public override (string Sending, string Receiving) Threads => ("", ReceiverName);

    public override void Run(int directories)
    {
        for (int i = 0; i < directories; i++)
            SendDirectory();
        lock (_lock)
        {
            while (_received < _sent)
                Monitor.Wait(_lock);
        }
    }

    public override void Dispose()
    {
        _from.Shutdown(SocketShutdown.Send);
        _receiver.Join();
        _from.Dispose();
        _to.Dispose();
    }

    protected abstract void SendDirectory();

    protected void Send(ReadOnlySpan<byte> bytes)
    {
        _sent += bytes.Length;
        while (!bytes.IsEmpty)
            bytes = bytes[_from.Send(bytes)..];
    }

    /// <summary>Bytes came; on the receiving thread.</summary>
    protected virtual void Take(ReadOnlySpan<byte> bytes)
    {
    }

    private void Receive()
    {
        var room = new byte[ReceiveBytes];
        int received;
        while ((received = _to.Receive(room)) > 0)
        {
            Take(room.AsSpan(0, received));
            lock (_lock)
            {
                _received += received;
                Monitor.Pulse(_lock);
            }
        }
    }
}
