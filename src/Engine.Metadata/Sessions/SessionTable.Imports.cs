// Sessions that a migration brings along: the importing rank opens a session for every client that has capabilities in the
// region, and keeps it open while the import is not decided.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class SessionTable
{
    /// <summary>Makes sure that a client has a session, and holds it for an import. The change is to be journalled with the
    /// import when there is one; then <see cref="OpenDurable"/>.</summary>
    /// <returns>True when there is a change.</returns>
    public bool ForceOpen(ClientId client, string address, long nowMicros, out SessionChange change)
    {
        change = default;
        bool isNew = Find(client) is not { IsLive: true };
        if (isNew)
            change = BeginOpen(client, address, nowMicros);
        _sessions[client].ImportingCount++;
        return isNew;
    }

    /// <summary>The import is over, one way or the other; the session is an ordinary one again.</summary>
    public void EndImport(ClientId client)
    {
        Session? session = Find(client);
        Invariant.That(session is { ImportingCount: > 0 });
        session.ImportingCount--;
    }
}
