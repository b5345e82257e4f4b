using System.Net;
using System.Net.Sockets;

namespace Engine.Native.Tests;

public sealed unsafe class SocketTests
{
    private const int Block = 4096;

    [Fact]
    public void WhatIsGatheredIsScattered()
    {
        (Socket one, Socket other) = Connect();
        using (one)
        using (other)
        using (var memory = new MappedMemory(4 * Block))
        {
            for (var i = 0; i < 2 * Block; i++)
                memory.Bytes[i] = (byte)(i * 7 / 3);
            var from = stackalloc[] { memory.Vector(Block, Block), memory.Vector(0, Block) };
            var to = stackalloc[] { memory.Vector(2 * Block, 100), memory.Vector((2 * Block) + 100, (2 * Block) - 100) };

            Assert.Equal(2 * Block, Shim.Send((int)one.Handle, from, 2));
            Assert.Equal(2 * Block, Shim.Receive((int)other.Handle, to, 2, Shim.ReceiveAll));

            Assert.True(memory.Bytes.Slice(2 * Block, Block).SequenceEqual(memory.Bytes.Slice(Block, Block)));
            Assert.True(memory.Bytes.Slice(3 * Block, Block).SequenceEqual(memory.Bytes[..Block]));
        }
    }

    [Fact]
    public void ThePeersEndIsNoBytesAndASendToNobodyAnError()
    {
        (Socket one, Socket other) = Connect();
        using var memory = new MappedMemory(Block);
        var vector = memory.Vector(0, 16);
        one.Dispose();
        Assert.Equal(0, Shim.Receive((int)other.Handle, &vector, 1, 0));
        other.Shutdown(SocketShutdown.Both);
        Assert.Equal(-32, Shim.Send((int)other.Handle, &vector, 1)); // EPIPE
        other.Dispose();
    }

    private static (Socket One, Socket Other) Connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        one.Connect(listener.LocalEndPoint!);
        return (one, listener.Accept());
    }
}
