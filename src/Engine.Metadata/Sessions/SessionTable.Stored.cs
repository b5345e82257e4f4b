// What the journal keeps of sessions: changes, each with the version of the table after it, and whole tables at the start of
// segments, so that older changes can be forgotten. Requests that were executed are in the events that executed them.
//
// A table is stored as: format (2 bytes), 2 zero bytes, number of sessions (4), version (8); of each session: client (8), number
// of completed requests (4), length of the address (1), address, acknowledged-below (8), last flush (8); of each request: number,
// inode (8 each).

using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class SessionTable
{
    private const ushort Format = 1;
    private const int HeadBytes = 16;
    private const int SessionBytes = 29;
    private const int RequestBytes = 16;

    /// <summary>Bytes that the stored table takes at most.</summary>
    public int StoredBytes => OpenBytes + (RequestBytes * _completedCount);

    /// <summary>What <see cref="StoredBytes"/> may come to: clients that acknowledge nothing are refused before. A quarter
    /// is for the sessions, half for what clients have not acknowledged, whoever they are, and a quarter for a fair share of
    /// each.</summary>
    public int StoredBytesMax { get; set; } = int.MaxValue;

    private int OpenBytes => HeadBytes + (SessionBytes * _sessions.Count) + _addressBytes;

    /// <summary>May the session have one more request remembered as done?</summary>
    public bool HasRoomToComplete(Session session)
    {
        if (StoredBytes < StoredBytesMax / 2)
            return true;
        int share = StoredBytesMax / (4 * RequestBytes * Math.Max(1, _sessions.Count));
        return session.CompletedCount < Math.Max(1, share);
    }

    private bool HasRoomToOpen(Session? known, string address)
    {
        int more = Encoding.UTF8.GetByteCount(address) + (known is null ? SessionBytes : -known.AddressBytes);
        return more <= 0 || OpenBytes + more <= StoredBytesMax / 4;
    }

    /// <summary>Writes the whole table; sessions on their way in are in, those on their way out are not. False when there is no
    /// room.</summary>
    public bool TryEncode(ref BufferWriter writer)
    {
        int count = 0;
        foreach (Session session in _sessions.Values)
            count += session.IsLive ? 1 : 0;
        bool written = writer.TryWriteUInt16(Format) && writer.TryWriteUInt16(0)
            && writer.TryWriteInt32(count) && writer.TryWriteUInt64(Version);
        foreach (Session session in _sessions.Values)
        {
            if (session.IsLive)
                written = written && TryEncode(session, ref writer);
        }

        return written;
    }

    /// <summary>Replaces the table by a stored one, when a rank starts; the clients have yet to reconnect. False, and nothing is
    /// changed, when the bytes are no table; the reader's position tells where.</summary>
    public bool TryDecode(ref BufferReader reader, long nowMicros)
    {
        if (!reader.TryReadUInt16(out ushort format) || format != Format || !reader.TryReadUInt16(out ushort zero) || zero != 0
            || !reader.TryReadInt32(out int count) || count is < 0 or > SessionsMax || !reader.TryReadUInt64(out ulong version))
            return false;
        List<Session> sessions = [];
        for (int i = 0; i < count; i++)
        {
            if (!TryDecode(ref reader, nowMicros, out Session? session)
                || (i > 0 && session.Client.CompareTo(sessions[i - 1].Client) <= 0))
                return false;
            sessions.Add(session);
        }

        _sessions.Clear();
        _recent = null;
        _completedCount = 0;
        _addressBytes = 0;
        foreach (Session session in sessions)
        {
            Add(session);
            _completedCount += session.CompletedCount;
        }

        Version = version;
        return true;
    }

    /// <summary>Replay: applies a journalled change. False when changes are missing between it and the table: the journal is
    /// damaged.</summary>
    public bool TryApply(SessionChange change, long nowMicros)
    {
        if (change.Version > Version + 1)
            return false;
        if (change.Version <= Version)
            return true;
        Version = change.Version;
        if (Find(change.Client) is { } old)
            Remove(old);
        if (change.Kind == SessionChangeKind.Opened)
            Add(Restored(change.Client, change.Address, nowMicros));
        return true;
    }

    /// <summary>A client has said after a restart, or after its channel ended, what it holds; it is as before then. False when it
    /// has no session.</summary>
    public bool TryReconnect(ClientId client, long nowMicros)
    {
        if (Find(client) is not { IsLive: true } session)
        {
            _host.Send(client, new SessionClosed(SessionEnd.Unknown));
            return false;
        }

        session.IsReconnecting = false;
        Hear(session, nowMicros);
        return true;
    }

    /// <summary>The rank begins to serve after a restart: every client is heard of now.</summary>
    public void Restart(long nowMicros)
    {
        foreach (Session session in _sessions.Values)
            session.RenewedAtMicros = nowMicros;
    }

    /// <summary>Lists the clients that have not reconnected: they are to be killed when the time for that is over.</summary>
    public void FindMissing(List<ClientId> missing)
    {
        foreach (Session session in _sessions.Values)
        {
            if (session is { IsReconnecting: true, IsLive: true })
                missing.Add(session.Client);
        }
    }

    private static bool TryEncode(Session session, ref BufferWriter writer)
    {
        Span<byte> address = stackalloc byte[Session.AddressBytesMax];
        int length = Encoding.UTF8.GetBytes(session.Address, address);
        bool written = writer.TryWriteInt64(session.Client.Value) && writer.TryWriteInt32(session.CompletedCount)
            && writer.TryWriteByte((byte)length) && writer.TryWriteBytes(address[..length])
            && writer.TryWriteUInt64(session.AcknowledgedBelow) && writer.TryWriteUInt64(session.FlushedTid);
        foreach (CompletedRequest request in session.Completed)
            written = written && writer.TryWriteUInt64(request.Tid) && writer.TryWriteUInt64(request.Made.Value);
        return written;
    }

    private static bool TryDecode(
        ref BufferReader reader, long nowMicros, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Session? session)
    {
        session = null;
        if (!reader.TryReadInt64(out long client) || !reader.TryReadInt32(out int count)
            || count is < 0 or > Session.CompletedMax || !reader.TryReadByte(out byte length)
            || !SessionChange.TryReadAddress(ref reader, length, out string address)
            || !reader.TryReadUInt64(out ulong acknowledgedBelow) || !reader.TryReadUInt64(out ulong flushed))
            return false;
        session = Restored(new ClientId(client), address, nowMicros);
        session.AcknowledgedBelow = acknowledgedBelow;
        session.FlushedTid = flushed;
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadUInt64(out ulong tid) || !reader.TryReadUInt64(out ulong made)
                || !session.TryComplete(new CompletedRequest(tid, new Ino(made))))
                return false;
        }

        return true;
    }

    private static Session Restored(ClientId client, string address, long nowMicros)
    {
        var session = new Session(client, address) { RenewedAtMicros = nowMicros, IsReconnecting = true };
        session.Enter(SessionState.Open);
        return session;
    }
}
