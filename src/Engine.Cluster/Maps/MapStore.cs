// The cluster map as an object: 32 bytes of header, little-endian (magic 0..7, length of the message 8..11, its CRC32C 12..15,
// epoch 16..23, zero 24..31), and the message as it is sent.

using System.Buffers;
using System.Buffers.Binary;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Cluster;

/// <summary>Keeps the newest cluster map in a store of objects, which replaces it whole or not at all.</summary>
/// <param name="objects">The store.</param>
public sealed class MapStore(IObjectBackend objects)
{
    /// <summary>Name of the object.</summary>
    public const string ObjectName = "cluster-map";

    private const int HeaderBytes = 32;
    private const int BytesMax = 1 << 20;
    private static readonly ObjectTarget s_target = new(new ObjectKey(0, "", "", ObjectName), 0);

    private readonly MessageFormats _formats = new(MetadataFormats.Create());

    private static ReadOnlySpan<byte> Magic => "ENGCMAP1"u8;

    /// <summary>Reads the map; <see cref="ClusterMap.Empty"/> where none was ever stored.</summary>
    /// <returns>EUCLEAN where what is there is no map, or the store's error.</returns>
    public IoError TryLoad(out ClusterMap map)
    {
        map = ClusterMap.Empty;
        IoResult size = BlockingIo.Run(submission => objects.Stat(s_target, submission));
        if (size.Failed)
            return size.Error == IoError.NoEntry ? IoError.None : size.Error;
        if (size.Bytes is < HeaderBytes or > BytesMax)
            return IoError.Damaged;
        byte[] bytes = new byte[size.Bytes];
        using BufferPool pool = NewPool();
        using BufferList list = BufferList.Rent(pool);
        pool.TryRent(out BufferHandle block);
        list.AppendOwned(block, 0, bytes.Length);
        IoResult read = BlockingIo.Run(submission =>
            objects.Read(new ObjectRead(s_target, 0, bytes.Length), list, submission));
        if (read.Failed || read.Bytes < bytes.Length)
            return read.Failed ? read.Error : IoError.Damaged;
        list.CopyTo(0, bytes);
        return TryDecode(bytes, out map) ? IoError.None : IoError.Damaged;
    }

    /// <summary>Stores a map; durable when this returns without an error.</summary>
    public IoError Store(ClusterMap map)
    {
        using BufferPool pool = NewPool();
        using BufferList list = BufferList.Rent(pool);
        byte[] bytes = Encode(map);
        bool fits = list.TryAppendCopy(bytes);
        Invariant.That(fits);
        ObjectWrite write = new(s_target, 0, bytes.Length) { Replaces = true };
        IoResult written = BlockingIo.Run(submission => objects.Write(write, list, submission));
        return written.Failed ? written.Error : BlockingIo.Run(submission => objects.Flush(submission)).Error;
    }

    private static BufferPool NewPool() =>
        new(new BufferPoolOptions { BlockBytes = BytesMax, BlockCount = 1, HugePages = false });

    private byte[] Encode(ClusterMap map)
    {
        var message = new ArrayBufferWriter<byte>();
        WireProblem problem = _formats.TryWrite(map, message);
        Invariant.That(problem == default && message.WrittenCount <= BytesMax - HeaderBytes, "a map can be sent");
        byte[] bytes = new byte[HeaderBytes + message.WrittenCount];
        message.WrittenSpan.CopyTo(bytes.AsSpan(HeaderBytes));
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), message.WrittenCount);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Append(0, message.WrittenSpan));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), map.Epoch);
        return bytes;
    }

    private bool TryDecode(ReadOnlySpan<byte> bytes, out ClusterMap map)
    {
        map = ClusterMap.Empty;
        ReadOnlySpan<byte> message = bytes[HeaderBytes..];
        bool isWhole = bytes.StartsWith(Magic) && BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) == message.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) == Crc32C.Append(0, message)
            && !bytes[24..HeaderBytes].ContainsAnyExcept((byte)0);
        if (!isWhole || _formats.TryRead(message, out Message? read) != default || read is not ClusterMap found
            || found.Epoch != BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]))
            return false;
        map = found;
        return true;
    }
}
