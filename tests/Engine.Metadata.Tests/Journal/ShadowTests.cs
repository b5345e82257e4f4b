// The journal replayed from scratch beside a rank that works: what comes out is what the rank has in memory. And violations
// planted, each found under its number.

using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Shadow replay and the journal's own invariants.</summary>
public sealed class ShadowTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness(options => options with
    {
        SegmentEventsMax = 8, SegmentsMax = 4, SplitEntries = 8, MergeEntries = 3, SplitBits = 1,
    }).Start();

    private delegate void Spoil(ref DirPart way, Span<byte> entry);

    private long _requests;

    private MetadataCache Cache => _rank.Rank.Cache;

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void MG111_AtRandomTimes_TheJournalIsWhatIsInMemory(ulong seed)
    {
        var random = new SeededRandom(seed);
        long compared = 0;
        Populate();
        for (int step = 0; step < 400; step++)
        {
            Change(random, step);
            if (random.NextInt(8) == 0)
                compared += Shadow();
            if (random.NextInt(60) == 0)
            {
                _rank.Crash();
                _rank.Start();
            }
        }

        Assert.True(compared > 200 && _requests > 200, $"{compared} entries, {_requests} requests");
    }

    [Theory]
    [InlineData("A4", "subtree given away without an event")]
    [InlineData("M4", "subtree of which the journal does not know")]
    [InlineData("N4", "entry that changed without an event")]
    [InlineData("N4", "sum that changed without an event")]
    [InlineData("N5", "version that went back")]
    [InlineData("J5", "segment gone with what hangs on it")]
    [InlineData("J6", "dirty without an event")]
    [InlineData("J7", "subtree map that lacks one")]
    [InlineData("J7", "way through a directory that is none")]
    [InlineData("J7", "way through a part of a directory that is none")]
    [InlineData("J7", "way by another name")]
    [InlineData("J7", "way through another directory")]
    [InlineData("C6", "flush without an event")]
    [InlineData("C7", "session without an event")]
    [InlineData("C7", "session that went without an event")]
    [InlineData("C7", "request done without an event")]
    [InlineData("C7", "request forgotten")]
    [InlineData("C7", "request that made another inode")]
    public void MG136_APlantedViolationIsFound(string invariant, string what)
    {
        Populate();
        Assert.True(Shadow() > 0);
        Dir dir = Cache.FindDir(new DirFrag(_rank.Call(ClientOp.Lookup, "/d0").Stat.Ino, Frag.Root))!;
        NodeId file = Cache.Lookup(dir, "n0"u8);
        switch (what)
        {
            case "subtree of which the journal does not know":
                Cache.Subtrees.AdjustAuth(dir, Authority.Of(Cache.Me));
                break;
            case "entry that changed without an event":
                Cache.WriteInode(file).Size++;
                break;
            case "sum that changed without an event":
                Cache.Write(dir).Stat.Files++;
                break;
            case "version that went back":
                Cache.Write(dir).Version--;
                break;
            case "segment gone with what hangs on it":
                Cache.HangOn(dir, -1);
                break;
            case "dirty without an event":
                _rank.Rank.Stop();
                _rank.Run();
                Assert.False(dir.IsDirty);
                Cache.MarkDirty(dir, 1000, _rank.Rank.LastSeq);
                break;
            case "subtree given away without an event":
                Cache.Subtrees.AdjustAuth(dir, Authority.Of(new RankId(1)));
                break;
            default:
                if (!TryPlantInJournal(what))
                    PlantInSessions(what);
                break;
        }

        List<string> findings = [.. Findings(out _), .. _rank.Rank.Audit(1)];
        Assert.Contains(findings, finding => finding.StartsWith(invariant + ": ", StringComparison.Ordinal));
    }

    private bool TryPlantInJournal(string what)
    {
        if (what == "subtree map that lacks one")
            CutSubtreeMap();
        else if (what == "way through a directory that is none")
            SpoilWay((ref DirPart way, Span<byte> _) => way.Ino = new Ino(0x7777777));
        else if (what == "way through a part of a directory that is none")
            SpoilWay((ref DirPart way, Span<byte> _) => way.Frag = Frag.Root.Child(3, 5).Raw);
        else if (what == "way by another name")
            SpoilWay((ref DirPart _, Span<byte> entry) => entry[^1] ^= 0x10);
        else if (what == "way through another directory")
            SpoilWay((ref DirPart way, Span<byte> _) => way.Ino = _rank.Call(ClientOp.Lookup, "/d3").Stat.Ino);
        else
            return false;
        return true;
    }

    private void PlantInSessions(string what)
    {
        SessionTable table = _rank.Rank.Sessions;
        Session session = table.Find(new ClientId(1))!;
        CompletedRequest last = session.Completed[^1];
        switch (what)
        {
            case "flush without an event":
                session.FlushedTid++;
                break;
            case "session without an event":
                Assert.True(table.TryOpen(new ClientId(2), "", 0, out _));
                break;
            case "session that went without an event":
                Assert.True(table.TryKill(session.Client, out _));
                break;
            case "request done without an event":
                Assert.True(table.TryComplete(session, last with { Tid = last.Tid + 1 }));
                break;
            case "request forgotten":
                session.ForgetRequests();
                break;
            case "request that made another inode":
                session.ForgetRequests();
                Assert.True(session.TryComplete(last with { Made = new Ino(last.Made.Value + 1) }));
                break;
            default:
                Assert.Fail($"nothing plants '{what}'");
                break;
        }
    }

    private void Populate()
    {
        for (int i = 0; i < 4; i++)
        {
            _rank.Call(ClientOp.MakeDirectory, $"/d{i}");
            _rank.Call(ClientOp.Create, $"/d{i}/n0");
            _rank.Call(ClientOp.Create, $"/d{i}/x{i}");
        }

        _rank.Call(ClientOp.Create, "/d0/n1");
        _rank.Call(ClientOp.SetAttributes, "/d0/n0", request => request with
        {
            Changes = new AttributeChanges { Size = 9 }, OldestTid = 1,
        });
    }

    private void Change(SeededRandom random, int step)
    {
        string from = $"/d{random.NextInt(4)}/n{random.NextInt(16)}";
        string to = $"/d{random.NextInt(4)}/n{random.NextInt(16)}";
        ClientOp[] ops =
        [
            ClientOp.Create, ClientOp.Create, ClientOp.Link, ClientOp.Unlink, ClientOp.Rename, ClientOp.SetAttributes,
            ClientOp.SetXattr, ClientOp.MakeDirectory, ClientOp.RemoveDirectory, ClientOp.SymbolicLink,
        ];
        _rank.Call(ops[random.NextInt(ops.Length)], from, request => request with
        {
            Path2 = Encoding.UTF8.GetBytes(to),
            Flags = request.Op == ClientOp.Rename && step % 2 == 0 ? OpenFlags.Exchange : OpenFlags.None,
            Changes = new AttributeChanges { Size = step },
            XattrName = "user.x",
            Value = Encoding.UTF8.GetBytes($"value {step}"),
            OldestTid = (ulong)random.NextInt(step + 1),
        });
    }

    /// <summary>Compares; returns how many entries were.</summary>
    private long Shadow()
    {
        IReadOnlyList<string> findings = Findings(out long compared);
        Assert.Empty(findings);
        Assert.Empty(_rank.Rank.Audit(3));
        return compared;
    }

    private IReadOnlyList<string> Findings(out long compared)
    {
        using ShadowReplay shadow = new(new RankId(0), 64 << 20);
        bool isGood = true;
        for (int i = 0; isGood && i < _rank.MemoryLog.Count; i++)
            isGood = shadow.TryReplay(_rank.MemoryLog.Payload(i), i + 1);
        if (isGood)
        {
            Assert.Equal(_rank.Rank.LastSeq, shadow.LastSeq);
            shadow.Compare(_rank.Rank);
        }

        compared = shadow.Compared;
        _requests += shadow.ComparedRequests;
        return shadow.Findings;
    }

    /// <summary>Has the newest way of the journal lead elsewhere. It tells of what is known: a recovery does not notice that.
    /// </summary>
    private void SpoilWay(Spoil spoil)
    {
        for (int i = _rank.MemoryLog.Count - 1; i > 0; i--)
        {
            byte[] payload = _rank.MemoryLog.Payload(i);
            EventReader reader = new(payload);
            while (reader.Read())
            {
                if (reader.Part.Tag != EventTag.Dir || (reader.Part.Flags & DirPart.IsContext) == 0)
                    continue;
                Span<byte> body = payload.AsSpan(reader.Offset + EventPart.Bytes);
                DirPart way = MemoryMarshal.Read<DirPart>(body);
                if (!way.Ino.Equals(Ino.Root))
                    continue;
                int entry = reader.Offset + reader.Part.Stride + EventPart.Bytes;
                Assert.True(reader.Read() && reader.Part.Tag == EventTag.Entry);
                spoil(ref way, payload.AsSpan(entry, reader.Part.Length));
                MemoryMarshal.Write(body, in way);
                return;
            }
        }

        Assert.Fail("the journal tells no way");
    }

    /// <summary>Takes a subtree out of the newest subtree map: its part becomes one that says nothing new.</summary>
    private void CutSubtreeMap()
    {
        for (int i = _rank.MemoryLog.Count - 1; i > 0; i--)
        {
            byte[] payload = _rank.MemoryLog.Payload(i);
            EventReader reader = new(payload);
            while (reader.Header.Kind == EventKind.SubtreeMap && reader.Read())
            {
                if (reader.Part.Tag != EventTag.Subtree)
                    continue;
                EventPart part = reader.Part;
                part.Tag = EventTag.NextIno;
                MemoryMarshal.Write(payload.AsSpan(reader.Offset), in part);
                return;
            }
        }

        Assert.Fail("the journal has one segment");
    }
}
