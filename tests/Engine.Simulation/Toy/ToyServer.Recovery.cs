using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

internal sealed partial class ToyServer
{
    private void ReadSnapshots()
    {
        _phase = Phase.ReadingSnapshots;
        ReadSnapshot(0, Token.ReadFirst);
    }

    private void ReadSnapshot(ulong version, Token token)
    {
        _snapshot.Clear();
        if (!_snapshot.TryAppendCopy(stackalloc byte[SnapshotBytesMax]))
            throw new BufferPoolExhaustedException("the toy's pool is too small");
        _world.Objects.Read(new ObjectRead(TargetOf(version), 0, SnapshotBytesMax), _snapshot, SubmissionOf(token));
    }

    private void OnSnapshotRead(Token token, IoResult result)
    {
        if (result.Failed && result.Error != IoError.NoEntry)
        {
            _world.SetTimer((ulong)Token.Retry, RetryMicros);
            return;
        }

        if (!result.Failed)
        {
            Span<byte> bytes = stackalloc byte[(int)result.Bytes];
            _snapshot.CopyTo(0, bytes);
            _ = _state.TryTakeSnapshot(bytes);
        }

        if (token == Token.ReadFirst)
        {
            ReadSnapshot(1, Token.ReadSecond);
            return;
        }

        _phase = Phase.ReadingLog;
        ReadLog(_world.Log.Start);
    }

    private void ReadLog(long position) => _world.Log.Read(position, _batch, SubmissionOf(Token.ReadLog));

    private void OnLogRead(IoResult result)
    {
        if (result.Failed)
        {
            _world.SetTimer((ulong)Token.Retry, RetryMicros);
            return;
        }

        Span<byte> bytes = stackalloc byte[ToyState.RecordBytes];
        for (int i = 0; i < _batch.Count; i++)
        {
            (_, int offset, int length) = _batch[i];
            Invariant.That(length == ToyState.RecordBytes);
            _batch.Payload.CopyTo(offset, bytes);
            if (!_state.TryApplyRecord(bytes, checksSequence: _bug != ToyBug.TrimsFirst))
            {
                // A torn snapshot is as good as none, but then the log reaches back to the other one; where it does not, the
                // snapshot was whole and only its reading failed.
                _phase = Phase.ReadingSnapshots;
                _world.SetTimer((ulong)Token.Retry, RetryMicros);
                return;
            }
        }

        if (_batch.Count > 0)
        {
            ReadLog(_batch.Next);
            return;
        }

        _sequence = _state.Sequence;

        _phase = Phase.Grace;
        _world.SetTimer((ulong)Token.Grace, LeaseMicros);
    }

    private void Serve()
    {
        _phase = Phase.Serving;
        foreach (Engine.Metadata.RankEvent item in _early)
            Handle(item.From, (ToyMessage)item.Message!);
        _early.Clear();
    }

    private void WriteSnapshot()
    {
        _isSnapshotting = true;
        _trimTo = _lastPosition;
        byte[] bytes = _state.ToSnapshot(_state.Version + 1);
        _snapshot.Clear();
        if (!_snapshot.TryAppendCopy(bytes))
            throw new BufferPoolExhaustedException("the toy's pool is too small");
        if (_bug == ToyBug.TrimsFirst)
            _world.Log.Trim(_trimTo, SubmissionOf(Token.Trim));
        _world.Objects.Write(
            new ObjectWrite(TargetOf(_state.Version + 1), 0, bytes.Length) { Fua = true }, _snapshot,
            SubmissionOf(Token.WriteSnapshot));
    }

    private void OnSnapshotWritten(IoResult result)
    {
        _isSnapshotting = false;
        if (result.Failed)
            return;
        _sinceSnapshot = 0;
        _state.Version++;
        _world.Log.Trim(_trimTo, SubmissionOf(Token.Trim));
    }
}
