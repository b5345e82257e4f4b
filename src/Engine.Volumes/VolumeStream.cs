// A volume as a stream.
//
// Ownership: the stream owns nothing but its position; disposing it flushes nothing and leaves the volume open.
// Invariants: the length is the volume's and fixed; the position may lie past the end, where reads return 0 and writes fail
// before anything is written. Like every stream, one at a time: the volume is thread-safe, the position is not.

using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>A seekable stream of fixed length over a volume; see <see cref="Volume.AsStream"/>.</summary>
internal sealed class VolumeStream : Stream
{
    private readonly Volume _volume;
    private long _position;
    private bool _disposed;

    public VolumeStream(Volume volume)
    {
        _volume = volume;
    }

    public override bool CanRead => !_disposed;

    public override bool CanSeek => !_disposed;

    public override bool CanWrite => !_disposed;

    public override long Length
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _volume.Length;
        }
    }

    public override long Position
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _position;
        }

        set
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int read = _volume.Read(_position, buffer);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ValueTask<int> pending = _volume.ReadAsync(_position, buffer, cancellationToken);
        if (!pending.IsCompletedSuccessfully)
            return AdvanceAsync(pending);
        int read = pending.Result;
        _position += read;
        return new ValueTask<int>(read);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        CheckRoom(buffer.Length);
        if (buffer.IsEmpty)
            return;
        _volume.Write(_position, buffer);
        _position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckRoom(buffer.Length);
        if (buffer.IsEmpty)
            return ValueTask.CompletedTask;
        ValueTask pending = _volume.WriteAsync(_position, buffer, VolumeWriteFlags.None, cancellationToken);
        if (!pending.IsCompletedSuccessfully)
            return AdvanceAsync(pending, buffer.Length);
        pending.GetAwaiter().GetResult();
        _position += buffer.Length;
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _volume.Flush();
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _volume.FlushAsync(cancellationToken).AsTask();
    }

    /// <exception cref="IOException">The target lies before the beginning.</exception>
    public override long Seek(long offset, SeekOrigin origin)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => _volume.Length,
            _ => throw new ArgumentException($"{origin} is not an origin to seek from", nameof(origin)),
        };
        if (offset < -from || offset > long.MaxValue - from)
        {
            throw new VolumeException(
                $"volume '{_volume.Name}': seek by {offset} from {from} leaves the stream", IoError.Invalid);
        }

        return _position = from + offset;
    }

    public override void SetLength(long value) =>
        throw new NotSupportedException($"volume '{_volume.Name}': the length of a volume is fixed");

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        base.Dispose(disposing);
    }

    private void CheckRoom(int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (length > 0 && _position > _volume.Length - length)
        {
            throw new VolumeException(
                $"volume '{_volume.Name}': write of {length} bytes at {_position} ends past its {_volume.Length} bytes",
                IoError.NoSpace);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AdvanceAsync(ValueTask<int> pending)
    {
        int read = await pending.ConfigureAwait(false);
        _position += read;
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AdvanceAsync(ValueTask pending, int length)
    {
        await pending.ConfigureAwait(false);
        _position += length;
    }
}
