// How the toy's server answers: reads with a lease, writes after every lease on their key is back and their record is durable.
// Owned by the server's one logical thread. A key has at most one active write; requests of a key are served in order.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

internal sealed partial class ToyServer
{
    private void Handle(Peer from, ToyMessage message)
    {
        Key key = _keys[message.Key];
        switch (message.Kind)
        {
            case ToyMessageKind.Get:
                key.Waiting.Enqueue(new Request(from, message.Request, message.Key, false, 0));
                break;
            case ToyMessageKind.Put:
                HandlePut(from, message, key);
                break;
            case ToyMessageKind.Recalled:
                key.Leases.RemoveAll(lease => lease.Holder == from && lease.IsRecalled);
                break;
        }

        Advance(message.Key);
    }

    private void HandlePut(Peer from, ToyMessage message, Key key)
    {
        if (_bug != ToyBug.ForgetsRequests && _state.IsDone(from.Id, message.Request))
            _world.Send(from, new ToyMessage(ToyMessageKind.Done, message.Request, message.Key, 0));
        else if (_bug == ToyBug.ForgetsRequests || !IsUnderWay(key, from, message.Request))
            key.Waiting.Enqueue(new Request(from, message.Request, message.Key, true, message.Value));
    }

    private static bool IsUnderWay(Key key, Peer from, long number)
    {
        if (key.Active is { } active && active.From == from && active.Number == number)
            return true;
        foreach (Request request in key.Waiting)
        {
            if (request.From == from && request.Number == number && request.IsPut)
                return true;
        }

        return false;
    }

    /// <summary>Does what can be done for the key: reads are answered, a write is logged once every lease is back.</summary>
    private void Advance(int number)
    {
        Key key = _keys[number];
        while (key.Active is null && key.Waiting.TryDequeue(out Request? request))
        {
            if (request.IsPut)
            {
                key.Active = request;
                key.Leases.RemoveAll(lease => lease.Holder == request.From);
                foreach (Lease lease in key.Leases)
                {
                    lease.IsRecalled = true;
                    _world.Send(lease.Holder, new ToyMessage(ToyMessageKind.Recall, ++_recalls, number, 0));
                }
            }
            else
            {
                key.Leases.RemoveAll(lease => lease.Holder == request.From);
                key.Leases.Add(new Lease(request.From, _world.NowMicros + LeaseMicros));
                _world.Send(
                    request.From, new ToyMessage(ToyMessageKind.Value, request.Number, number, _state.Values[number]));
            }
        }

        if (key.Active is { IsLogged: false } active && key.Leases.Count == 0)
            Commit(active);
    }

    private void Commit(Request request)
    {
        request.IsReady = true;
        Span<byte> bytes = stackalloc byte[ToyState.RecordBytes];
        ToyState.WriteRecord(bytes, _sequence + 1, request.From.Id, request.Number, request.Key, request.Value);
        _record.Clear();
        if (!_record.TryAppendCopy(bytes))
            throw new BufferPoolExhaustedException("the toy's pool is too small");
        IoError error = _world.Log.Append(_record, out long position);
        if (error == IoError.NoSpace)
        {
            RetryCommits();
            return;
        }

        if (error.Failed)
        {
            HasStopped = true;
            return;
        }

        _sequence++;
        request.IsLogged = true;
        _logged.Enqueue(new Logged(position, _world.Log.End, request));
        _world.Log.Flush(SubmissionOf(Token.Flush));
        if (_bug == ToyBug.AcknowledgesEarly)
            Acknowledge(long.MaxValue);
    }

    /// <summary>One timer serves all that wait, else each round would double their number.</summary>
    private void RetryCommits()
    {
        if (_isRetrying)
            return;
        _isRetrying = true;
        _world.SetTimer((ulong)Token.Retry, RetryMicros);
    }

    private void CommitAgain()
    {
        _isRetrying = false;
        foreach (Key key in _keys)
        {
            if (key.Active is { IsReady: true, IsLogged: false } request)
                Commit(request);
        }
    }

    private void OnFlushed(IoResult result)
    {
        if (result.Failed)
            HasStopped = true;
        else
            Acknowledge(_world.Log.Durable);
    }

    private void Acknowledge(long position)
    {
        while (_logged.TryPeek(out Logged logged) && logged.Next <= position)
        {
            _ = _logged.Dequeue();
            Request request = logged.Request;
            _state.Apply(request.From.Id, request.Number, request.Key, request.Value);
            _lastPosition = logged.Position;
            AcknowledgedEnd = logged.Next;
            _sinceSnapshot++;
            _world.Send(request.From, new ToyMessage(ToyMessageKind.Done, request.Number, request.Key, 0));
            _keys[request.Key].Active = null;
            Advance(request.Key);
        }

        if (_sinceSnapshot >= _snapshotRecords && !_isSnapshotting)
            WriteSnapshot();
    }

    /// <summary>What a client that is gone was lent is lost only when its time is over: it may not know yet.</summary>
    private void ForgetPeer(Peer peer)
    {
        if (_bug == ToyBug.WaitsForTheGone)
            return;
        foreach (Key key in _keys)
        {
            foreach (Lease lease in key.Leases)
            {
                if (lease.Holder != peer)
                    continue;
                lease.IsOrphan = true;
                _world.SetTimer((ulong)Token.Leases, Math.Max(0, lease.EndsAt - _world.NowMicros) + 1);
            }
        }
    }

    private void EndLeases()
    {
        long now = _world.NowMicros;
        for (int i = 0; i < _keys.Length; i++)
        {
            if (_keys[i].Leases.RemoveAll(lease => lease.IsOrphan && lease.EndsAt <= now) > 0)
                Advance(i);
        }
    }
}
