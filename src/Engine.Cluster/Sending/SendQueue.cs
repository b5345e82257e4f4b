// What waits to be sent on a connection, in two lanes: frames without pages, and transfers of pages.
//
// Threads: anybody adds; one sender takes turns. A turn is everything that waits in the first lane, and one frame's worth of the
// first transfer: so a frame without pages waits for one frame with pages at the most.
// Ownership: a queued transfer's pages are the queue's, until they were sent, taken back, declined, or dropped.
// Invariants: frames of a lane leave in the order in which they came; what is added after Abort is refused; a turn's buffer and
// transfer are touched by nobody else until EndTurn.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>The two lanes of a connection's sender.</summary>
internal sealed class SendQueue(MessageFormats formats, SendLimits limits)
{
    private const int TransfersKept = 16;

    private readonly object _gate = new();
    private readonly LinkedTransfers _transfers = new();
    private readonly Stack<OutboundTransfer> _free = new();
    private ControlBuffer _filling = new();
    private ControlBuffer _sending = new();
    private OutboundTransfer? _current;
    private uint _lastNumber;
    private long _pageBytes;
    private bool _wasFull;
    private bool _isDraining;
    private bool _saidGoodbye;
    private bool _isAborted;

    /// <summary>Longest message that the peer takes.</summary>
    public int BodyBytesMax { get; set; } = MessageFormats.BytesMax;

    /// <summary>Bytes that wait, of frames and of pages.</summary>
    public (long Control, long Pages) Waiting
    {
        get
        {
            lock (_gate)
                return (_filling.Count, _pageBytes);
        }
    }

    /// <summary>Queues a message; takes its pages over when it is queued.</summary>
    public SendOutcome TrySend(Message message) => message is PagesMessage pages ? TrySendPages(pages) : TrySendFrame(message);

    /// <summary>Queues a heartbeat unless something else will be sent anyway.</summary>
    public void Heartbeat()
    {
        lock (_gate)
        {
            if (_isAborted || _isDraining || _filling.Count > 0 || _current is not null || _transfers.Count > 0)
                return;
            AddLocked(FrameKind.Heartbeat, 0);
        }
    }

    /// <summary>Tells the peer that the rest of its transfer is not wanted.</summary>
    public void Decline(uint transfer)
    {
        lock (_gate)
        {
            if (!_isAborted && !_saidGoodbye)
                AddLocked(FrameKind.Declined, transfer);
        }
    }

    /// <summary>Takes a message with pages back as far as it was not sent; false when it is not here any more.</summary>
    public bool Withdraw(PagesMessage message)
    {
        OutboundTransfer? transfer;
        lock (_gate)
        {
            transfer = _transfers.Find(message);
            if (transfer is null || transfer.IsWithdrawn || transfer.IsDeclined)
                return false;
            if (transfer == _current)
            {
                // Its frame is under way: the sender sees to it at the end of the turn.
                transfer.IsWithdrawn = true;
                return true;
            }

            if (transfer.NextFrame > 0)
                AddLocked(FrameKind.Withdrawn, transfer.Number);
            RemoveLocked(transfer);
        }

        Free(transfer);
        return true;
    }

    /// <summary>The peer wants no more of a transfer of ours; its message, when there was any more.</summary>
    public PagesMessage? Declined(uint number)
    {
        OutboundTransfer? transfer;
        PagesMessage? message;
        lock (_gate)
        {
            transfer = _transfers.First;
            if (transfer is null || transfer.Number != number)
                return null;
            message = transfer.Message;
            if (transfer == _current)
            {
                transfer.IsDeclined = true;
                return message;
            }

            RemoveLocked(transfer);
        }

        Free(transfer);
        return message;
    }

    /// <summary>Sends what waits, then goodbye, then nothing more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isDraining = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the turns; nothing more is taken. What waits stays until <see cref="Drop"/>.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _isAborted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for something to send. False when there will be nothing more.</summary>
    public bool TakeTurn(out ControlBuffer frames, out OutboundTransfer? transfer)
    {
        lock (_gate)
        {
            frames = _sending;
            transfer = null;
            while (!_isAborted && !_isDraining && _filling.Count == 0 && _transfers.Count == 0)
                Monitor.Wait(_gate);
            if (_isAborted || _saidGoodbye)
                return false;
            transfer = _transfers.First;
            if (_isDraining && _filling.Count == 0 && transfer is null)
            {
                AddLocked(FrameKind.Goodbye, 0);
                _saidGoodbye = true;
            }

            (_filling, _sending) = (_sending, _filling);
            frames = _sending;
            _current = transfer;
            return true;
        }
    }

    /// <summary>The turn was sent. True when there is room again after a message was refused.</summary>
    /// <param name="sent">The message whose last pages went with it, if any.</param>
    public bool EndTurn(out PagesMessage? sent)
    {
        OutboundTransfer? over = null;
        bool isWritable;
        sent = null;
        lock (_gate)
        {
            _sending.Clear();
            if (_current is { } transfer)
            {
                _current = null;
                if (transfer.IsDone)
                    sent = transfer.Message;
                else if (transfer.IsWithdrawn && !transfer.IsDeclined)
                    AddLocked(FrameKind.Withdrawn, transfer.Number);
                if (transfer.IsDone || transfer.IsWithdrawn || transfer.IsDeclined)
                {
                    RemoveLocked(transfer);
                    over = transfer;
                }
            }

            isWritable = _wasFull && _filling.Count <= limits.ControlBytesMax / 2 && _pageBytes <= limits.PageBytesMax / 2;
            _wasFull &= !isWritable;
        }

        if (over is not null)
            Free(over);
        return isWritable;
    }

    /// <summary>Gives back what was not sent; the turns have ended.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            Invariant.That(_isAborted);
            _current = null;
            _filling.Clear();
            _sending.Clear();
            while (_transfers.First is { } transfer)
            {
                RemoveLocked(transfer);
                transfer.Reset();
            }
        }
    }

    private SendOutcome TrySendFrame(Message message)
    {
        lock (_gate)
        {
            if (_isAborted || _isDraining)
                return SendOutcome.Closed;
            if (_filling.Count >= limits.ControlBytesMax)
            {
                _wasFull = true;
                return SendOutcome.Full;
            }

            int start = _filling.Begin();
            if (!TryEncode(message, _filling, BodyBytesMax))
            {
                _filling.Cut(start);
                return SendOutcome.Unsendable;
            }

            _filling.End(start, FrameKind.Message);
            Monitor.Pulse(_gate);
            return SendOutcome.Queued;
        }
    }

    private SendOutcome TrySendPages(PagesMessage message)
    {
        lock (_gate)
        {
            if (_isAborted || _isDraining)
                return SendOutcome.Closed;
            if (_transfers.Count > 0 && _pageBytes + message.Pages.Bytes > limits.PageBytesMax)
            {
                _wasFull = true;
                return SendOutcome.Full;
            }

            OutboundTransfer transfer = _free.Count > 0 ? _free.Pop() : new OutboundTransfer();
            if (!TryEncode(message, transfer.Body, BodyBytesMax - PieceTable.BytesOf(PieceTable.PiecesMax)))
            {
                transfer.Reset();
                _free.Push(transfer);
                return SendOutcome.Unsendable;
            }

            transfer.Message = message;
            transfer.Pages = message.Detach();
            transfer.Number = ++_lastNumber;
            _transfers.Add(transfer);
            _pageBytes += transfer.Pages.Bytes;
            Monitor.Pulse(_gate);
            return SendOutcome.Queued;
        }
    }

    private bool TryEncode(Message message, ControlBuffer target, int bytesMax)
    {
        int before = target.Count;
        return formats.TryWrite(message, target).IsNone && target.Count - before <= bytesMax;
    }

    private void AddLocked(FrameKind kind, uint transfer)
    {
        _filling.End(_filling.Begin(), kind, transfer);
        Monitor.Pulse(_gate);
    }

    private void RemoveLocked(OutboundTransfer transfer)
    {
        _transfers.Remove(transfer);
        _pageBytes -= transfer.Pages!.Bytes;
    }

    private void Free(OutboundTransfer transfer)
    {
        transfer.Reset();
        lock (_gate)
        {
            if (_free.Count < TransfersKept)
                _free.Push(transfer);
        }
    }
}
