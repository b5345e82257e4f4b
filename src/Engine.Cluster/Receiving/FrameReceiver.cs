// Reads frames off a wire and hands on what is in them; one thread's.
//
// Every length is judged before memory is taken for it. Pages are received where they stay: blocks are rented for the pieces that
// a frame tells of, and the wire fills them. Of one transfer at a time the pages are gathered until its last frame; when there is
// no block for a piece, the transfer is declined and the rest of it read past. Where no pages can come, small frames are read
// many at a time; where they can, nothing is read beyond a frame, so that no page is ever copied.
// Invariants: _parcel and _message are there exactly between the first and the last frame of a transfer that is not discarded;
// numbers of transfers only grow.

using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Reads frames.</summary>
internal sealed unsafe class FrameReceiver(IWire wire, MessageFormats formats, IPageMemory? memory, IFrameSink sink) : IDisposable
{
    private const int BodyBytesAtFirst = 16 << 10;

    /// <summary>What is read beyond a frame. Of 200 000 messages about capabilities each took two calls into the kernel, a third
    /// of both processors' time while the files they are of moved.</summary>
    private const int AheadBytes = 64 << 10;

    /// <summary>What is kept for the next body.</summary>
    private const int BodyBytesKept = 1 << 20;

    private readonly byte[] _header = GC.AllocateUninitializedArray<byte>(FrameHeader.Bytes, pinned: true);
    private readonly IoVector[] _vectors = new IoVector[2 * PieceTable.PiecesMax];
    private byte[]? _ahead;
    private int _aheadAt;
    private int _aheadEnd;
    private byte[] _body = GC.AllocateUninitializedArray<byte>(BodyBytesAtFirst, pinned: true);
    private PagesMessage? _message;
    private PageParcel? _parcel;
    private uint _transfer;
    private uint _nextFrame;
    private bool _isDiscarding;

    /// <summary>What the peer may send now.</summary>
    public FrameLimits Limits { get; set; } = FrameLimits.Dialler;

    /// <summary>Can no page come that would have to be received where it stays?</summary>
    private bool ReadsAhead => memory is null || Limits.IsTalkOnly;

    /// <summary>Bytes received.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames received.</summary>
    public long Frames { get; private set; }

    /// <summary>Waits for a frame and hands on what is in it.</summary>
    public ReceiveEnd Next()
    {
        ReceiveEnd end = Receive(_header, FrameHeader.Bytes, FrameKind.None);
        if (!end.IsNone)
            return end;
        FrameProblem problem = FrameHeader.TryRead(_header, Limits, out FrameHeader header);
        if (!problem.IsNone)
            return new ReceiveEnd(Problem: problem);
        EnsureBody(header.BodyBytes);
        if (header.BodyBytes > 0)
        {
            end = Receive(_body, header.BodyBytes, header.Kind);
            if (!end.IsNone)
                return end;
        }

        Frames++;
        ReadOnlySpan<byte> body = _body.AsSpan(0, header.BodyBytes);
        uint crc = Crc32C.Append(0, body);
        bool isWhole = header.Kind != FrameKind.Pages || header.PayloadBytes == 0 || header.Has(FrameFlags.Sealed);
        if (isWhole && crc != header.BodyCrc)
            return new ReceiveEnd(Problem: new FrameProblem(FrameProblemKind.BodyChecksum, header.Kind));
        if (header.Kind == FrameKind.Pages)
            return TakePages(header, body, crc);
        problem = Take(header, body);
        return problem.IsNone ? default : new ReceiveEnd(Problem: problem);
    }

    /// <summary>Gives back the pages of a transfer that did not end.</summary>
    public void Dispose() => DropTransfer();

    private FrameProblem Take(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Kind)
        {
            case FrameKind.Hello or FrameKind.Welcome:
                FrameProblem wrong = Greeting.TryRead(header.Kind, body, out Greeting greeting);
                if (wrong.IsNone)
                    sink.TakeGreeting(header.Kind, greeting);
                return wrong;
            case FrameKind.Refusal:
                wrong = Refusal.TryRead(body, out Refusal refusal);
                if (wrong.IsNone)
                    sink.TakeRefusal(refusal);
                return wrong;
            case FrameKind.Message:
                wrong = Decode(FrameKind.Message, body, out Message? message);
                if (wrong.IsNone)
                    sink.TakeMessage(message!);
                return wrong;
            case FrameKind.Withdrawn:
                return Withdraw(header.Transfer);
            case FrameKind.Declined:
                sink.TakeDeclined(header.Transfer);
                return default;
            case FrameKind.Goodbye:
                sink.TakeGoodbye();
                return default;
            default:
                return default;
        }
    }

    private FrameProblem Withdraw(uint transfer)
    {
        if (transfer != _transfer || (_parcel is null && !_isDiscarding))
            return new FrameProblem(FrameProblemKind.Number, FrameKind.Withdrawn, transfer);
        DropTransfer();
        _isDiscarding = false;
        return default;
    }

    private ReceiveEnd TakePages(in FrameHeader header, ReadOnlySpan<byte> body, uint crc)
    {
        FrameProblem problem = PieceTable.Check(header, body, out int pieces);
        if (problem.IsNone)
            problem = BeginOrGoOn(header);
        Message? opening = null;
        bool isFirst = header.Has(FrameFlags.First);
        if (problem.IsNone && isFirst)
            problem = Decode(FrameKind.Pages, body[PieceTable.BytesOf(pieces)..], out opening);
        if (!problem.IsNone)
            return new ReceiveEnd(Problem: problem);
        if (isFirst)
        {
            _parcel = PageParcel.Rent();
            _parcel.IsSealed = header.Has(FrameFlags.Sealed);
            _message = (PagesMessage)opening!;
        }

        if (!_isDiscarding && _parcel!.Bytes + header.PayloadBytes > Limits.TransferBytesMax)
            return new ReceiveEnd(Problem: new FrameProblem(FrameProblemKind.PayloadLength, FrameKind.Pages, _parcel.Bytes));
        if (!_isDiscarding && (memory is null || !TryRent(memory, body, pieces)))
        {
            DropTransfer();
            _isDiscarding = true;
            sink.Decline(header.Transfer);
        }

        ReceiveEnd end = _isDiscarding ? Discard(header.PayloadBytes) : ReceivePieces(header, pieces, crc);
        if (end.IsNone && header.Has(FrameFlags.Last))
            EndTransfer();
        return end;
    }

    /// <summary>A frame begins a transfer, or is the next of the one under way.</summary>
    private FrameProblem BeginOrGoOn(in FrameHeader header)
    {
        bool isUnderWay = _parcel is not null || _isDiscarding;
        if (header.Has(FrameFlags.First))
        {
            // After a transfer that was declined the next one may begin without an end.
            if (header.Transfer <= _transfer || _parcel is not null)
                return new FrameProblem(FrameProblemKind.Number, FrameKind.Pages, header.Transfer);
            _isDiscarding = false;
            _transfer = header.Transfer;
        }
        else if (!isUnderWay || header.Transfer != _transfer || header.Piece != _nextFrame)
        {
            return new FrameProblem(FrameProblemKind.Number, FrameKind.Pages, header.Piece);
        }
        else if (!_isDiscarding && header.Has(FrameFlags.Sealed) != _parcel!.IsSealed)
        {
            return new FrameProblem(FrameProblemKind.Flags, FrameKind.Pages, (long)header.Flags);
        }

        _nextFrame = header.Piece + 1;
        return default;
    }

    private bool TryRent(IPageMemory memory, ReadOnlySpan<byte> body, int pieces)
    {
        for (int i = 0; i < pieces; i++)
        {
            (int shift, int front, int tail) = PieceTable.Read(body, i);
            if (!memory.TryRent(shift, out BufferPool? pool, out BufferHandle handle))
                return false;
            _parcel!.Add(pool, handle, front, tail);
        }

        return true;
    }

    /// <summary>Fills the last pieces of the parcel.</summary>
    private ReceiveEnd ReceivePieces(in FrameHeader header, int pieces, uint crc)
    {
        PageParcel parcel = _parcel!;
        int count = 0;
        for (int i = parcel.Count - pieces; i < parcel.Count; i++)
        {
            PagePiece piece = parcel[i];
            byte* start = piece.Pool.Address(piece.Handle);
            _vectors[count++] = new IoVector((nint)start, (nuint)piece.Front);
            if (piece.Tail > 0)
                _vectors[count++] = new IoVector((nint)(start + piece.Pool.BlockBytes - piece.Tail), (nuint)piece.Tail);
        }

        ReceiveEnd end = ReceiveInto(count);
        if (!end.IsNone || parcel.IsSealed || header.PayloadBytes == 0)
            return end;
        for (int i = parcel.Count - pieces; i < parcel.Count; i++)
        {
            PagePiece piece = parcel[i];
            Span<byte> block = piece.Pool.Span(piece.Handle);
            crc = Crc32C.Append(crc, block[..piece.Front]);
            crc = Crc32C.Append(crc, block[^piece.Tail..]);
        }

        return crc == header.BodyCrc
            ? default
            : new ReceiveEnd(Problem: new FrameProblem(FrameProblemKind.BodyChecksum, FrameKind.Pages));
    }

    private ReceiveEnd ReceiveInto(int count)
    {
        Invariant.That(_aheadAt == _aheadEnd, "a page that was read ahead would have to be copied");
        int at = 0;
        while (at < count)
        {
            long received = wire.Receive(_vectors.AsSpan(at, count - at));
            if (received <= 0)
                return Ended(received, FrameKind.Pages);
            Bytes += received;
            sink.Heard();
            at = VectorSpan.Advance(_vectors.AsSpan(0, count), at, received);
        }

        return default;
    }

    /// <summary>Reads past pages that nobody wants.</summary>
    private ReceiveEnd Discard(int bytes)
    {
        while (bytes > 0)
        {
            int part = Math.Min(bytes, _body.Length);
            ReceiveEnd end = Receive(_body, part, FrameKind.Pages);
            if (!end.IsNone)
                return end;
            bytes -= part;
        }

        return default;
    }

    private ReceiveEnd Receive(byte[] target, int bytes, FrameKind frame)
    {
        int had = Math.Min(bytes, _aheadEnd - _aheadAt);
        if (had > 0)
            _ahead.AsSpan(_aheadAt, had).CopyTo(target);
        _aheadAt += had;
        int left = bytes - had;
        int count = 1;
        if (left > 0)
            _vectors[0] = new IoVector(Marshal.UnsafeAddrOfPinnedArrayElement(target, had), (nuint)left);
        if (left > 0 && ReadsAhead)
            _vectors[count++] = EmptyAhead();
        while (left > 0)
        {
            long received = wire.Receive(_vectors.AsSpan(0, count), fills: count == 1);
            if (received == 0 && frame == FrameKind.None && left == bytes)
                return new ReceiveEnd(IsEnd: true);
            if (received <= 0)
                return Ended(received, frame);
            Bytes += received;
            sink.Heard();
            _aheadEnd += (int)Math.Max(0, received - left);
            left -= (int)Math.Min(left, received);
            _ = VectorSpan.Advance(_vectors.AsSpan(0, count), 0, received);
        }

        return default;
    }

    /// <summary>Room for what comes behind a frame.</summary>
    private IoVector EmptyAhead()
    {
        _ahead ??= GC.AllocateUninitializedArray<byte>(AheadBytes, pinned: true);
        (_aheadAt, _aheadEnd) = (0, 0);
        return new IoVector(Marshal.UnsafeAddrOfPinnedArrayElement(_ahead, 0), AheadBytes);
    }

    private static ReceiveEnd Ended(long received, FrameKind frame) => received < 0
        ? new ReceiveEnd(Error: IoError.FromResult(received))
        : new ReceiveEnd(Problem: new FrameProblem(FrameProblemKind.Truncated, frame));

    /// <summary>Reads a message; with pages exactly where pages are.</summary>
    private FrameProblem Decode(FrameKind frame, ReadOnlySpan<byte> bytes, out Message? message)
    {
        WireProblem wrong = formats.TryRead(bytes, out message);
        if (!wrong.IsNone)
            return new FrameProblem(FrameProblemKind.Message, frame, Wire: wrong);
        return message is PagesMessage == (frame == FrameKind.Pages) ? default : new FrameProblem(FrameProblemKind.NotNow, frame);
    }

    private void EndTransfer()
    {
        if (_isDiscarding)
        {
            _isDiscarding = false;
            return;
        }

        PagesMessage message = _message!;
        for (int i = 0; i < _parcel!.Count; i++)
            _parcel[i].Pool.NoteWritten(_parcel[i].Handle);
        message.Attach(_parcel);
        _parcel = null;
        _message = null;
        sink.TakeMessage(message);
    }

    private void DropTransfer()
    {
        _parcel?.Dispose();
        _parcel = null;
        _message = null;
    }

    private void EnsureBody(int bytes)
    {
        if (bytes > _body.Length || (_body.Length > BodyBytesKept && bytes <= BodyBytesKept))
            _body = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, BodyBytesAtFirst), pinned: true);
    }
}
