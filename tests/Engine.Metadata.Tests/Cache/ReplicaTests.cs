// Copies of metadata between an authority and another rank, which are two caches and the messages between them.

using Engine.Buffers;
using Engine.Testing.Wire;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Two caches that exchange messages: the authority, and one that asks it for copies and drops them.</summary>
public sealed class ReplicaTests : IDisposable, IDiscoverHost, IExpireGate
{
    private static readonly RankId s_authority = new(0);
    private static readonly RankId s_other = new(1);

    private readonly CacheFixture _authority = new();
    private readonly MetadataPagePool _pool = new(16 << 20);
    private readonly MetadataCache _copy;
    private readonly List<string> _log = [];
    private readonly HashSet<NodeId> _xlocked = [];
    private readonly WireFixture _wire = new(MetadataFormats.Create());
    private bool _delays;

    public ReplicaTests() => _copy = new MetadataCache(s_other, _pool, epoch: 1, checks: true);

    private MetadataCache Origin => _authority.Cache;

    public bool IsXlocked(NodeId node) => _xlocked.Contains(node);

    public LockState StateForReplica(NodeId node, LockKind kind, RankId to) => LockState.Sync;

    public bool MustDelay(Dir realm, RankId sender) => _delays;

    public void Dispose()
    {
        _copy.Dispose();
        _pool.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public void ACopyOfAPathIsObtained()
    {
        NodeId file = _authority.File(_authority.Dirs("a/b"), "file");
        Origin.WriteInode(file).Size = 77;
        byte[] attributes = XattrSet.With([], "user.long", PageFixture.Bytes(3, 3000));
        CacheFixture.Check(Origin.WriteExt(file, ExtKind.Xattrs, attributes));
        Fetch("a", "b", "file");
        NodeId copy = Find("a", "b", "file");
        Assert.Equal(77ul, _copy.Inode(copy).Size);
        Assert.Equal(Origin.Inode(file).Ino, _copy.Inode(copy).Ino);
        Assert.Equal(attributes, _copy.ReadExt(copy, ExtKind.Xattrs));
        Assert.False(_copy.IsAuth(copy));
        Assert.Equal("/a/b/file", _copy.PathOf(copy));
        Assert.Equal(1u, Origin.NonceOf(file, s_other));
        Assert.Equal(1u, _copy.NonceOf(copy, s_other));
        Assert.Equal(Authority.Of(s_authority), _copy.Subtrees.AuthorityOf(_copy.DirOf(copy)));
        Assert.Equal(1, _copy.Subtrees.Count);
        Check();
    }

    [Fact]
    public void ANameThatIsNotThereComesAsANullEntry()
    {
        _authority.Dirs("a");
        DiscoverReply reply = Fetch("a", "none");
        Assert.Equal(DiscoverOutcome.Answered, reply.Outcome);
        Assert.True(_copy.IsNull(Find("a", "none")));
        CacheFixture.Check(Origin.TryLinkRemote(_authority.Dirs("a"), "none"u8, new Ino(0x999), 8, out _));
        Fetch("a", "none");
        Assert.Equal(new Ino(0x999), _copy.Link(Find("a", "none")).RemoteIno);
        _authority.File(_authority.Dirs("a"), "file");
        Assert.Equal(DiscoverOutcome.NotDirectory, Fetch("a", "file", "x").Outcome);
        Check();
    }

    [Fact]
    public void NothingIsCopiedOutOfAFrozenTree()
    {
        Dir b = _authority.Dirs("a/b");
        _authority.File(b, "file");
        Assert.True(Origin.FreezeTree(b));
        Assert.Equal(3, Fetch("a", "b", "file").Trace.OfType<EntryReplica>().Count());
        DiscoverResponder responder = new(Origin, this);
        Discover question = new(1, Origin.Inode(b.Inode).Ino, Frag.Root, [[.. "file"u8]], false, true, false);
        Assert.Equal(DiscoverStop.Frozen, responder.TryAnswer(s_other, question, out _));
        Origin.Wait(responder.WaitAt, WaitMask.Unfreeze, new Note("again", _log));
        Origin.UnfreezeTree(b);
        Origin.Subtrees.TryMerge(b);
        _authority.RunReady();
        Assert.Equal(["again"], _log);
        Assert.Equal(DiscoverStop.None, responder.TryAnswer(s_other, question, out _));
        Assert.Equal(0ul, Origin.ReplicasOf(_authority.RootDir) & 1);
    }

    [Fact]
    public void WhatIsLockedOrNotInMemoryIsWaitedFor()
    {
        Dir a = _authority.Dirs("a");
        NodeId file = _authority.File(a, "file");
        DiscoverResponder responder = new(Origin, this);
        Discover question = new(1, a.Name.Ino, Frag.Root, [[.. "file"u8]], false, false, false);
        _xlocked.Add(file);
        Assert.Equal(DiscoverStop.Locked, responder.TryAnswer(s_other, question, out _));
        Assert.Equal(file, responder.WaitAt);
        Assert.Equal(DiscoverStop.None, responder.TryAnswer(s_other, question with { WantXlocked = true }, out _));
        MetadataCache.SetState(a, DirState.Complete, false);
        Discover other = question with { Path = [[.. "other"u8]] };
        Assert.Equal(DiscoverStop.Fetch, responder.TryAnswer(s_other, other, out _));
        Assert.Equal((a.Inode, Frag.Root), (responder.WaitAt, responder.FetchFrag));
        _authority.Give(a, 2);
        Assert.Equal(DiscoverStop.None, responder.TryAnswer(s_other, other, out DiscoverReply? reply));
        Assert.Equal((DiscoverOutcome.NotAuthority, new RankId(2)), (reply!.Outcome, reply.Hint));
    }

    [Fact]
    public void WaitersForANameAreWokenWhenItsCopyArrives()
    {
        _authority.File(_authority.Dirs("a"), "file");
        Fetch("a");
        Fetch("a", "x");
        Dir a = _copy.FirstDirOf(Find("a"))!;
        _copy.Wait(a, WaitMask.Entry, new Note("file", _log), NameHash.Of("file"u8));
        _copy.Wait(a, WaitMask.Entry, new Note("y", _log), NameHash.Of("y"u8));
        Fetch("a", "file");
        while (_copy.Ready.TryRunNext())
        {
        }

        Assert.Equal(["file"], _log);
        Check();
    }

    [Fact]
    public void DroppedCopiesAreForgotten()
    {
        NodeId file = _authority.File(_authority.Dirs("a/b"), "file");
        Fetch("a", "b", "file");
        ExpireInbox inbox = new(Origin, this);
        Expire(inbox);
        Assert.Equal(1, _copy.NodeCount);
        Assert.Equal(0, inbox.IgnoredCount);
        Assert.Equal(0ul, Origin.ReplicasOf(file));
        Assert.Equal(0ul, Origin.ReplicasOf(_authority.Dirs("a/b")));
        Assert.Equal(0ul, Origin.ReplicasOf(_authority.Dirs("a")));
        Check();
    }

    [Fact]
    public void MG127_AnOldNonceIsIgnored()
    {
        NodeId file = _authority.File(_authority.Dirs("a"), "file");
        Fetch("a", "file");
        _delays = true;
        ExpireInbox inbox = new(Origin, this);
        Expire(inbox);
        Assert.Equal(1, inbox.DelayedCount);
        Fetch("a", "file");
        Assert.Equal(2u, Origin.NonceOf(file, s_other));
        inbox.ApplyDelayed(_authority.RootDir.Name);
        Assert.True(inbox.IgnoredCount > 0);
        Assert.Equal(2u, Origin.NonceOf(file, s_other));
        Assert.Equal(2u, _copy.NonceOf(Find("a", "file"), s_other));
        Check();
    }

    [Fact]
    public void DelayedNewsAreAppliedOnceOrDropped()
    {
        NodeId file = _authority.File(_authority.Dirs("a"), "file");
        ExpireInbox inbox = new(Origin, this);
        _delays = true;
        Fetch("a", "file");
        Expire(inbox);
        inbox.DropDelayed(_authority.RootDir.Name);
        inbox.ApplyDelayed(_authority.RootDir.Name);
        Assert.Equal(1u, Origin.NonceOf(file, s_other));
        Fetch("a", "file");
        Expire(inbox);
        inbox.ApplyDelayed(_authority.RootDir.Name);
        inbox.ApplyDelayed(_authority.RootDir.Name);
        Assert.Equal((0u, 0L), (Origin.NonceOf(file, s_other), inbox.IgnoredCount));
        Check();
    }

    [Fact]
    public void NewsFromBeforeAChannelsEndConcernNoLaterCopy()
    {
        NodeId file = _authority.File(_authority.Dirs("a"), "file");
        Fetch("a", "file");
        _delays = true;
        ExpireInbox inbox = new(Origin, this);
        Expire(inbox);
        Assert.True(Origin.TryRemoveReplica(file, s_other, 1));
        inbox.Forget(s_other);
        Fetch("a", "file");
        Assert.Equal(1u, Origin.NonceOf(file, s_other));
        inbox.ApplyDelayed(_authority.RootDir.Name);
        Assert.Equal(1u, Origin.NonceOf(file, s_other));
        Check();
    }

    [Fact]
    public void BothRanksOfAnAmbiguousPairAreTold()
    {
        _authority.File(_authority.Dirs("a"), "file");
        Fetch("a", "file");
        Dir a = _copy.DirOf(Find("a", "file"));
        _copy.Subtrees.AdjustAuth(a, Authority.Of(s_authority, new RankId(2)));
        _copy.Trim(int.MaxValue);
        _copy.Trim(1);
        Assert.Equal([s_authority, new RankId(2)], _copy.TakeExpired().Select(each => each.To));
        Assert.Empty(_copy.TakeExpired());
        ExpireInbox third = new(Origin, null);
        third.Receive(s_other, new CacheExpire([new ExpireRealm(new DirFrag(new Ino(0xbad), Frag.Root), [], [])]));
        Assert.Equal(1, third.ForeignCount);
    }

    [Fact]
    public void ManyRanksNumbersMoveIntoAnAttributeAndBack()
    {
        NodeId file = _authority.File(_authority.RootDir, "file");
        for (int rank = 63; rank > 0; rank--)
        {
            CacheFixture.Check(Origin.TryAddReplica(file, new RankId(rank), out uint nonce));
            Assert.Equal(1u, nonce);
        }

        CacheFixture.Check(Origin.TryAddReplica(file, new RankId(40), out uint second));
        Assert.Equal(2u, second);
        _authority.Audit();
        for (int rank = 1; rank < 64; rank++)
            Assert.True(Origin.TryRemoveReplica(file, new RankId(rank), rank == 40 ? 2u : 1u));
        Assert.Equal(-1, Origin.ExtLength(file, ExtKind.Replicas));
        _authority.Audit();
    }

    [Fact]
    public void CopiesThatDoNotFitAreNotTaken()
    {
        _authority.File(_authority.Dirs("a"), "file");
        Fetch("a", "file");
        DiscoverAsker asker = new(_copy);
        DiscoverReply reply = Ask("a", "file");
        EntryReplica last = (EntryReplica)reply.Trace[^1];
        ReplicaStep[] bad =
        [
            last with { Record = last.Record[1..] },
            last with { Dir = new Ino(0xbad) },
            last with { Name = [.. "other"u8] },
            last with { Kind = RecordKind.Dir },
            last with { Name = [] },
        ];
        foreach (ReplicaStep step in bad)
            Assert.Equal(new IoError(117), asker.Apply(s_authority, [step]));
        Assert.Equal(5, asker.RejectedCount);
        Check();
    }

    private DiscoverReply Ask(params string[] path)
    {
        Discover question = new(
            1, Ino.Root, Frag.Root, [.. path.Select(CacheFixture.Bytes)],
            WantBaseInode: true, WantBaseDir: true, WantXlocked: false);
        question = _wire.Carry(question);
        DiscoverResponder responder = new(Origin, this);
        Assert.Equal(DiscoverStop.None, responder.TryAnswer(s_other, question, out DiscoverReply? reply));
        return _wire.Carry(reply!);
    }

    private DiscoverReply Fetch(params string[] path)
    {
        DiscoverReply reply = Ask(path);
        CacheFixture.Check(new DiscoverAsker(_copy).Apply(s_authority, reply.Trace));
        return reply;
    }

    private NodeId Find(params string[] path)
    {
        NodeId at = _copy.FindInode(Ino.Root);
        foreach (string name in path)
            at = _copy.Lookup(at, CacheFixture.Bytes(name));
        return at;
    }

    private void Expire(ExpireInbox inbox)
    {
        _copy.Trim(int.MaxValue);
        _copy.Trim(int.MaxValue);
        foreach ((RankId to, CacheExpire message) in _copy.TakeExpired())
        {
            Assert.Equal(s_authority, to);
            inbox.Receive(s_other, message);
        }
    }

    private void Check()
    {
        _authority.Audit();
        Assert.Empty(_copy.Audit(3));
    }
}
