using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Sessions, the requests that clients may repeat, and what they flushed.</content>
internal sealed unsafe partial class Replay
{
    private string? ApplySessions(ReadOnlySpan<byte> bytes, bool isWholeTable)
    {
        if (sessions is null)
            return null;
        BufferReader body = new(bytes);
        if (isWholeTable)
            return sessions.TryDecode(ref body, cache.NowMicros) ? null : $"no table of sessions, wrong at {body.Position}";
        if (!SessionChange.TryDecode(ref body, out SessionChange change))
            return $"no change of sessions, wrong at {body.Position}";
        return sessions.TryApply(change, cache.NowMicros) ? null : "changes of sessions are missing";
    }

    private string? ApplyCompleted(ref EventReader reader)
    {
        if (!reader.TryTake(out CompletedPart part, out _) || sessions is null)
            return null;
        if (sessions.Find(part.Client) is not { } session)
            return $"a request of {part.Client}, who has no session";
        sessions.Acknowledge(session, part.OldestTid);
        return sessions.TryComplete(session, new CompletedRequest(part.Tid, part.Made))
            ? null
            : $"request {part.Tid} of {part.Client}, which was done before";
    }

    private string? ApplyFlushed(ref EventReader reader)
    {
        if (!reader.TryTake(out FlushedPart part, out _) || sessions is null)
            return null;
        if (sessions.Find(part.Client) is not { } session)
            return $"a flush of {part.Client}, who has no session";
        session.FlushedTid = Math.Max(session.FlushedTid, part.FlushTid);
        return null;
    }
}
