using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <content>What the rank tells a client, and what the scenario hears of it.</content>
internal sealed partial class RankClient
{
    private void Take(Message message)
    {
        if (message is CapGrant { IsRevoke: true } revoke && _protocol.TryGetCap(revoke.Ino, out _) && Misbehaves(_ignores, 0.3))
            return;
        Note(message);
        if (message is ClientReply late && (_number < 0 || late.Tid != _request.Tid) && late.Error.Failed
            && _safe == (late.Tid, _rank) && !s_undecided.Contains(late.Error))
            _scenario.Checks.DoneTwice(this, late);
        ClientNews<RankRequest> news = _protocol.Take(message);
        ForgetFlushes();
        Send();
        if (news.Kind == ClientNewsKind.Ended)
            LoseSession();
        else if (news.Kind is ClientNewsKind.Answered or ClientNewsKind.Refused)
            Handle(news.State, news.Reply!, news.Kind == ClientNewsKind.Refused);
    }

    private void LoseSession()
    {
        _isMet = false;
        EndSync();
        _protocol.Forget(_homeTid);
        _protocol.Forget(_divideTid);
        _homeTid = 0;
        Forget();
    }

    private void Handle(RankRequest what, ClientReply reply, bool isRefused)
    {
        switch (what)
        {
            case RankRequest.Operation when isRefused:
                Refused(reply.Error);
                break;
            case RankRequest.Operation:
                Answered(reply);
                break;
            case RankRequest.Home when reply.IsSafe:
                _hasHome |= reply.Error.IsNone || reply.Error == IoError.Exists;
                _protocol.Forget(_homeTid);
                _homeTid = 0;
                break;
            case RankRequest.Sync:
                Synced(reply);
                break;
            case RankRequest.Divide when isRefused:
                _protocol.Forget(_divideTid);
                break;
        }
    }

    private void Refused(IoError error)
    {
        // A rank that fails says so, and may have done it or not. With one that knows of no session the protocol goes on.
        if (error == IoError.Io)
            Forget();
        _isRefused = error == IoError.Again;
        if (_isRefused)
            _world.SetTimer(ThinkToken, AbsentMicros);
    }

    private void Answered(ClientReply reply)
    {
        if (reply.Caps is { } grant && _protocol.TryGetCap(grant.Ino, out ClientCap? cap) && cap.Dirty == 0)
            _sizes[grant.Ino] = reply.Stat.Size;
        if (_doneIn == _rank && reply.Error.Failed)
            _scenario.Checks.DoneTwice(this, reply);
        if (!reply.IsSafe)
        {
            _doneIn = _rank;
            Sync();
            return;
        }

        bool isChange = _request.Op is ClientOp.Create or ClientOp.Unlink or ClientOp.Rename or ClientOp.SetAttributes;
        if (isChange && reply.Error.IsNone)
            _safe = (reply.Tid, _rank);
        if (_request.Op != ClientOp.Close)
            _scenario.Responded(_number, reply, isFirst: _asks == 1);
        _number = -1;
        Think();
    }

    /// <summary>Now and then asks, when a change was acknowledged and is not safe yet, that it be.</summary>
    private void Sync()
    {
        if (_syncOf >= 0 || TraceHash.Mix(_scenario.SeedOf(_number), SyncSalt) % SyncOneIn != 0)
            return;
        _syncOf = _scenario.LastSeqOf(_rank!.Value);
        _syncTid = Ask(new ClientRequest(0, ClientOp.Sync), RankRequest.Sync);
    }

    /// <summary>What was acknowledged before the sync is durable; its own safe answer may be a step behind.</summary>
    private void Synced(ClientReply reply)
    {
        if (reply.Tid != _syncTid || _syncOf < 0)
            return;
        if (reply.Error.IsNone)
            _scenario.Synced(this, _rank!.Value, _syncOf);
        EndSync();
    }

    private void EndSync()
    {
        _protocol.Forget(_syncTid);
        _syncOf = -1;
    }

    /// <summary>Whether it happened stays open.</summary>
    private void Forget()
    {
        if (_number < 0)
            return;
        _protocol.Forget(_request.Tid);
        _scenario.Abandoned(_number);
        _number = -1;
        Think(AbsentMicros);
    }
}
