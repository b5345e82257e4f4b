// What lies between a rank and its simulated world: planted bugs change messages here, and what messages name is noted for the
// checks behind the step. Belongs to one life of the rank.
using Engine.Buffers;
using Engine.Metadata;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>A rank's environment in which a planted bug sits on the wire.</summary>
internal sealed class RankTap(SimEnvironment life, RankBug bug) : IRankEnvironment
{
    private const ulong OneIn = 8;
    private const ulong Before = 1UL << 61;
    private const ulong Between = 1UL << 60;

    private readonly RankEvent[] _one = new RankEvent[1];
    private readonly List<Ino> _touched = [];
    private ulong _messages;
    private RankEvent? _kept;

    /// <summary>Requests that came, and were not answered for good yet.</summary>
    public long Unanswered { get; private set; }

    /// <summary>Inodes that messages named, to the rank and from it, since the step under way began, or the last one.</summary>
    public IReadOnlyList<Ino> Touched => _touched;

    /// <inheritdoc/>
    public long NowMicros => life.NowMicros;

    /// <inheritdoc/>
    public ILog Log => life.Log;

    /// <inheritdoc/>
    public IObjectBackend Objects => life.Objects;

    /// <inheritdoc/>
    public ulong NextRandom() => life.NextRandom();

    /// <inheritdoc/>
    public void SetTimer(ulong token, long delayMicros) => life.SetTimer(token, delayMicros);

    /// <inheritdoc/>
    public void Post(in RankEvent item) => life.Post(item);

    /// <inheritdoc/>
    public void Send(Peer to, Message message)
    {
        Touch(message);
        if (message is ClientReply reply && (reply.IsSafe || reply.Error.Failed))
            Unanswered--;
        life.Send(to, bug switch
        {
            RankBug.GivesTooMuch => Generous(message),
            RankBug.ForgetsMigrations when message is CapGrant grant => grant with { MigrationSeq = grant.Seq % 2 },
            _ => message,
        });
    }

    /// <summary>What the rank is to take for an event.</summary>
    public RankEvent[] Take(in RankEvent item)
    {
        RankEvent whole = _one[0] = item;
        _touched.Clear();
        if (item.Message is not null)
            Touch(item.Message);
        if (item.Message is ClientRequest)
            Unanswered++;
        if (bug == RankBug.None || item.Message is null || item.From.Kind != PeerKind.Client)
            return _one;
        bool isChosen = ++_messages % OneIn == 0;
        switch (bug, item.Message)
        {
            case (RankBug.ForgetsRequests, ClientRequest request):
                _one[0] = item with { Message = request with { OldestTid = 0 } };
                return isChosen ? [_one[0], _one[0]] : _one;
            case (RankBug.RepeatsChanges, ClientRequest { Op: ClientOp.SetAttributes } request):
                return Again(item, request, isChosen);
            case (RankBug.RenamesInSteps, ClientRequest { Op: ClientOp.Rename, Flags: OpenFlags.None } request):
                return [.. Steps(request).Select(step => whole with { Message = step })];
            case (RankBug.ExchangesInSteps, ClientRequest { Op: ClientOp.Rename, Flags: OpenFlags.Exchange } request):
                return [.. Renames(request).Select(step => whole with { Message = step })];
            case (RankBug.AnswersSyncsEarly, ClientRequest { Op: ClientOp.Sync } request):
                life.Send(item.From, new ClientReply(request.Tid, IoError.None));
                return [];
            case (RankBug.AcknowledgesFlushes, CapUpdate { Dirty: not CapBits.None } update):
                life.Send(item.From, new CapFlushAck(update.Ino, update.FlushTid, update.Dirty));
                _one[0] = item with { Message = update with { Dirty = CapBits.None } };
                break;
            case (RankBug.ClaimsTooMuch, Reconnect reconnect):
                _one[0] = item with { Message = new Reconnect([.. reconnect.Caps.Select(Claim)]) };
                break;
            case (RankBug.LosesCaps, CapUpdate update) when isChosen:
                CapReleaseItem release = new(update.Ino, update.CapId, update.IssueSeq, update.MigrationSeq);
                return [item, item with { Message = new CapRelease([release]) }];
        }

        return _one;
    }

    private void Touch(Message message)
    {
        switch (message)
        {
            case CapGrant grant:
                _touched.Add(grant.Ino);
                break;
            case CapFlushAck ack:
                _touched.Add(ack.Ino);
                break;
            case ClientReply reply:
                _touched.Add(reply.Stat.Ino);
                break;
            case ClientRequest { Op: ClientOp.Close } close:
                _touched.Add(close.Base);
                break;
            case CapUpdate update:
                _touched.Add(update.Ino);
                break;
            case CapRelease release:
                _touched.AddRange(release.Items.Select(item => item.Ino));
                break;
            case Reconnect reconnect:
                _touched.AddRange(reconnect.Caps.Select(item => item.Ino));
                break;
        }
    }

    /// <summary>Now and then an earlier change of attributes comes again behind this one.</summary>
    private RankEvent[] Again(in RankEvent item, ClientRequest request, bool isChosen)
    {
        if (isChosen && _kept is { } kept)
        {
            _kept = null;
            return [item, kept];
        }

        // One that sets a length would take away what was flushed since, too: that is C6's to find.
        if (request.Changes.Size is null)
            _kept ??= item with { Message = request with { Tid = request.Tid | Before, OldestTid = 0 } };
        return _one;
    }

    private static ClientRequest[] Steps(ClientRequest rename) =>
    [
        rename with { Tid = rename.Tid | Before, Op = ClientOp.Unlink, Path = rename.Path2 },
        rename with { Tid = rename.Tid | Between, Op = ClientOp.Link },
        rename with { Op = ClientOp.Unlink },
    ];

    /// <summary>By a name that nobody else asks for.</summary>
    private static ClientRequest[] Renames(ClientRequest exchange)
    {
        ReadOnlyMemory<byte> aside = (byte[])[.. exchange.Path.Span, (byte)'~'];
        return
        [
            exchange with { Tid = exchange.Tid | Before, Path2 = aside, Flags = OpenFlags.None },
            exchange with
            {
                Tid = exchange.Tid | Between, Path = exchange.Path2, Path2 = exchange.Path, Flags = OpenFlags.None,
            },
            exchange with { Path = aside, Flags = OpenFlags.None },
        ];
    }

    private static CapReconnect Claim(CapReconnect item) =>
        item with { Issued = item.Issued | CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer };

    private static Message Generous(Message message) => message switch
    {
        CapGrant { IsRevoke: false } grant => grant with { Caps = grant.Caps | CapBits.FileExclusive },
        ClientReply { Caps: { } grant } reply => reply with { Caps = grant with { Caps = grant.Caps | CapBits.FileExclusive } },
        _ => message,
    };
}
