namespace Engine.Load;

/// <summary>The bytes of a stream, then further ones. Forward reading only; the stream stays its owner's.</summary>
internal sealed class FollowedStream(Stream first, ReadOnlyMemory<byte> rest) : Stream
{
    private ReadOnlyMemory<byte> _rest = rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = first.Read(buffer);
        if (read > 0 || _rest.IsEmpty)
            return read;
        read = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
