using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

/// <summary>A regular file for synchronous, buffered transfers on the caller's thread. Thread-safe; every outcome is an
/// errno.</summary>
public sealed unsafe class StorageFile : IDisposable
{
    private readonly EioFileHandle _handle;

    private StorageFile(EioFileHandle handle) => _handle = handle;

    /// <summary>Makes a file, EEXIST where one stands, and opens it for reading and writing.</summary>
    public static IoError Create(string path, out StorageFile? file) =>
        Open(path, EioOpenFlags.Write | EioOpenFlags.Create, out file);

    /// <summary>Opens a file.</summary>
    public static IoError Open(string path, bool write, out StorageFile? file) =>
        Open(path, write ? EioOpenFlags.Write : EioOpenFlags.None, out file);

    /// <summary>Opens a file for reading and takes its lock without waiting, for itself alone or beside others who read: EBUSY
    /// where it cannot have it. It is given back with the file.</summary>
    public static IoError OpenLocked(string path, bool alone, out StorageFile? file) =>
        Open(path, alone ? EioOpenFlags.Exclusive : EioOpenFlags.Shared, out file);

    /// <summary>The file's length in bytes.</summary>
    public IoResult Length()
    {
        int result = _handle.Geometry(out EioGeometry geometry);
        return result < 0 ? IoResult.FromNative(result) : IoResult.Ok((long)geometry.Capacity);
    }

    /// <summary>Cuts or extends the file; <paramref name="allocate"/> reserves its space.</summary>
    public IoError SetLength(long length, bool allocate) =>
        IoError.FromResult(_handle.SetLength((ulong)length, allocate));

    /// <summary>Reads into the vectors; completes with what there was.</summary>
    public IoResult Read(long offset, Span<IoVector> vectors) => Transfer(EioOperation.Read, offset, vectors);

    /// <summary>Reads into the bytes; completes with what there was.</summary>
    public IoResult Read(long offset, Span<byte> bytes)
    {
        fixed (byte* address = bytes)
            return Read(offset, [new IoVector((nint)address, (nuint)bytes.Length)]);
    }

    /// <summary>Writes all of the vectors, whose entries are used up.</summary>
    public IoResult Write(long offset, Span<IoVector> vectors) => Transfer(EioOperation.Write, offset, vectors);

    /// <summary>Makes content and size durable.</summary>
    public IoError Sync() => IoError.FromResult(_handle.Sync());

    /// <summary>Waits until no other descriptor has the file's lock, and takes it.</summary>
    public IoError Lock() => IoError.FromResult(_handle.Lock(exclusive: true));

    /// <summary>Gives the lock back.</summary>
    public IoError Unlock() => IoError.FromResult(_handle.Lock(exclusive: false));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static IoError Open(string path, EioOpenFlags flags, out StorageFile? file)
    {
        int result = EioFileHandle.Open(path, flags, out EioFileHandle? handle);
        file = handle is null ? null : new StorageFile(handle);
        return IoError.FromResult(result);
    }

    private IoResult Transfer(EioOperation operation, long offset, Span<IoVector> vectors)
    {
        long done = 0;
        while (true)
        {
            while (!vectors.IsEmpty && vectors[0].Length == 0)
                vectors = vectors[1..];
            if (vectors.IsEmpty)
                return IoResult.Ok(done);
            long moved;
            fixed (IoVector* first = vectors)
            {
                uint count = (uint)Math.Min(vectors.Length, Shim.VectorsMax);
                moved = _handle.Transfer(operation, EioRequestFlags.None, (EioVector*)first, count, offset + done);
            }

            if (moved < 0)
                return IoResult.FromNative(moved);
            // The end of the file for a read; a write that moves nothing would be tried for ever.
            if (moved == 0)
                return operation == EioOperation.Read ? IoResult.Ok(done) : IoResult.Fail(IoError.Io);
            done += moved;
            vectors = Skip(vectors, moved);
        }
    }

    private static Span<IoVector> Skip(Span<IoVector> vectors, long moved)
    {
        while (moved > 0)
        {
            IoVector vector = vectors[0];
            if ((nuint)moved < vector.Length)
            {
                vectors[0] = new IoVector(vector.Address + (nint)moved, vector.Length - (nuint)moved);
                return vectors;
            }

            moved -= (long)vector.Length;
            vectors = vectors[1..];
        }

        return vectors;
    }
}
