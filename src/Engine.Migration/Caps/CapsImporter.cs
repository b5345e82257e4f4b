// Capabilities that another rank hands over, since this one is authority over their inode.
//
// Invariants: every question is answered (a client whose session is being ended meanwhile has no record in the answer); the inode
// stays where it is from the question to the answer; sessions are held meanwhile, and the journal has them before a client hears
// of anything; nobody is given what the locks do not allow.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Takes capabilities over from ranks with copies. Source: migrator specification, 2.8.</summary>
internal sealed class CapsImporter(Migrator migrator)
{
    /// <summary>Questions whose sessions the journal does not have yet, by whose they are.</summary>
    private readonly SortedSet<(RankId From, Ino Ino, ulong Tid)> _underWay = [];

    private RankServices Rank => migrator.Rank;

    /// <summary>A rank hands capabilities over.</summary>
    public void Handle(RankId from, ExportCaps message)
    {
        NodeId node = Rank.Cache.FindInode(message.Ino);
        HashSet<ClientId> clients = [.. message.Clients.Select(static each => each.Client)];
        bool isGood = clients.Count == message.Clients.Count && message.Caps.All(cap => clients.Contains(cap.Client))
            && message.Caps.DistinctBy(static cap => cap.Client).Count() == message.Caps.Count;
        bool isOurs = !node.IsNone && Rank.Cache.IsAuth(node) && Rank.AuthorityOf(node).First == Rank.Me.Value;
        // A region that stands still for this very thing does not go anywhere.
        bool mayPin = isOurs && Rank.Cache.CanAuthPin(node);
        MigrationRefusal refusal = !isGood ? MigrationRefusal.Damaged
            : !isOurs ? MigrationRefusal.NotAuthority
            : !Rank.HasBegunReconnect ? MigrationRefusal.NotActive
            : !mayPin && !migrator.AwaitsCapsOf(node) ? MigrationRefusal.Frozen
            : MigrationRefusal.None;
        List<SessionStateSeq> opened = [];
        if (refusal == MigrationRefusal.None && Rank.HoldSessions(message.Clients, opened).Failed)
            refusal = MigrationRefusal.Journal;
        if (refusal != MigrationRefusal.None)
        {
            Rank.Send(from, new ExportCapsAck(message.Ino, message.Tid, refusal, []));
            return;
        }

        if (mayPin)
            Rank.Cache.AuthPin(node);
        _underWay.Add((from, message.Ino, message.Tid));
        Rank.WhenDurable(Rank.LastSeq, new Later(this, from, message, node, mayPin, opened));
    }

    private void Take(RankId from, ExportCaps message, NodeId node, bool isPinned, List<SessionStateSeq> opened)
    {
        foreach (SessionStateSeq at in opened)
            Rank.Sessions.OpenDurable(at);
        // One that was not held may have gone meanwhile.
        if (!isPinned && (Rank.Cache.FindInode(message.Ino) != node || !Rank.Cache.IsAuth(node)))
        {
            foreach (ImportedClient client in message.Clients)
                Rank.Sessions.EndImport(client.Client);
            Rank.Send(from, new ExportCapsAck(message.Ino, message.Tid, MigrationRefusal.NotAuthority, []));
            return;
        }

        LockObject on = LockObject.OfInode(message.Ino, node);
        bool isFirst = !Rank.IsServing || migrator.NoteGathered(node, message.Ino);
        List<CapImportRecord> imported = [];
        foreach (CapExportRecord cap in message.Caps)
        {
            if (Rank.Sessions.Find(cap.Client) is { IsLive: true } session)
                Rank.Caps.BeginImport(on, session, cap);
        }

        if (Rank.Caps.Find(message.Ino) is { } inode)
        {
            foreach (CapExportRecord cap in message.Caps)
                Rank.Caps.FinishImport(inode, cap, from, isAuthority: false, isFirst);
            foreach (CapExportRecord cap in message.Caps)
            {
                if (Rank.Caps.TryGet(message.Ino, cap.Client, out Cap taken))
                    imported.Add(new CapImportRecord(cap.Client, taken.Id, taken.Seq, taken.MigrationSeq));
            }

            // Else the locks are put into states that allow it when all have come.
            if (!isFirst)
                Rank.Caps.ImportEnded(inode);
        }

        foreach (ImportedClient client in message.Clients)
            Rank.Sessions.EndImport(client.Client);
        if (isPinned)
            Rank.Cache.AuthUnpin(node);
        migrator.Counters.CapsImported += imported.Count;
        Rank.Send(from, new ExportCapsAck(message.Ino, message.Tid, MigrationRefusal.None, imported));
    }

    private sealed class Later(
        CapsImporter importer, RankId from, ExportCaps message, NodeId node, bool isPinned, List<SessionStateSeq> opened)
        : Continuation
    {
        public override void Run(IoError error)
        {
            // A rank whose journal failed serves nobody.
            if (importer._underWay.Remove((from, message.Ino, message.Tid)) && error.IsNone)
                importer.Take(from, message, node, isPinned, opened);
        }
    }
}
