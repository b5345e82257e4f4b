// A store of files beyond the contract: take-over, refusals, what a directory may do to it.
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class FileStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Place => Path.Combine(_folder.Path, "store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ObjectsSurviveAnotherOpen()
    {
        Guid uuid = FileStore.Format(Place);
        using (FileStore store = FileStore.Open(Place))
        {
            using var harness = new ObjectHarness(store);
            Assert.Equal(uuid, store.Uuid);
            Assert.Equal(IoResult.Ok(3), harness.Replace("a", [1, 2, 3]));
        }

        using (FileStore store = FileStore.Open(Place))
        {
            using var harness = new ObjectHarness(store);
            Assert.Equal(2u, store.Incarnation);
            Assert.Equal([1, 2, 3], harness.Read("a"));
        }
    }

    /// <summary>Who comes later is refused, and takes nothing of it away.</summary>
    [Fact]
    public void OneOfSeveralFormats()
    {
        const int Threads = 4;
        for (int round = 0; round < 50; round++)
        {
            string place = Path.Combine(_folder.Path, $"store{round}");
            var refusals = new StoreException?[Threads];
            using var start = new Barrier(Threads);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(index => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    FileStore.Format(place);
                }
                catch (StoreException refusal)
                {
                    refusals[index] = refusal;
                }
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            Assert.Equal(1, refusals.Count(static refusal => refusal is null));
            Assert.All(refusals, static refusal => Assert.True(refusal is null or { Problem: StoreProblem.Foreign }));
            FileStore.Open(place).Dispose();
        }
    }

    [Fact]
    public void PartsAreRefused()
    {
        FileStore.Format(Place);
        using FileStore store = FileStore.Open(Place);
        using var harness = new BackendHarness(store, "x");
        Assert.Equal(IoError.NotSupported, harness.Write(1, 0, [1]).Error);
        Assert.Equal(IoError.NotSupported, harness.WriteZeroes(1, 0, 1).Error);
        Assert.Equal(IoError.NotSupported, harness.Discard(1, 0, 1).Error);
        Assert.Equal(IoError.NotSupported, harness.Truncate(1, 0).Error);
        Assert.False(store.Capabilities.HasPartialWrites);
        Assert.True(store.Capabilities is { CommitIsDurable: true, HasReplace: true });
    }

    [Fact]
    public void AnOlderInstanceChangesNothingMore()
    {
        FileStore.Format(Place);
        using FileStore old = FileStore.Open(Place);
        using var before = new ObjectHarness(old);
        before.Replace("a", [1]);
        using FileStore taken = FileStore.Open(Place, new FileStoreOptions { Incarnation = 9 });
        using var after = new ObjectHarness(taken);
        Assert.Equal(IoError.Stale, before.Replace("a", [2]).Error);
        Assert.Equal(IoError.Stale, before.Remove("a").Error);
        Assert.Equal([1], before.Read("a"));
        Assert.Equal(IoResult.Ok(1), after.Replace("a", [3]));
        Assert.Empty(Directory.GetFiles(Path.Combine(Place, "aside")));
        StoreException refused = Assert.Throws<StoreException>(
            () => FileStore.Open(Place, new FileStoreOptions { Incarnation = 9 }).Dispose());
        Assert.Equal(StoreProblem.Stale, refused.Problem);
    }

    [Fact]
    public void WritersThatShareAStore_EndTheirOwnEarlierLivesAlone()
    {
        FileStore.Format(Place);
        using FileStore sole = FileStore.Open(Place);
        using var alone = new ObjectHarness(sole);
        Assert.Equal(IoResult.Ok(1), alone.Replace("before", [7]));
        using FileStore first = FileStore.Open(Place, WriterOf("rank-0", 1));
        using FileStore second = FileStore.Open(Place, WriterOf("rank-1", 1));
        using var a = new ObjectHarness(first);
        using var b = new ObjectHarness(second);
        Assert.Equal(IoResult.Ok(1), a.Replace("a", [1]));
        Assert.Equal(IoResult.Ok(1), b.Replace("b", [2]));
        Assert.Equal(sole.Uuid, second.Uuid);

        using FileStore next = FileStore.Open(Place, WriterOf("rank-0", 2));
        using var c = new ObjectHarness(next);
        Assert.Equal(IoError.Stale, a.Replace("a", [3]).Error);
        Assert.Equal(IoResult.Ok(1), b.Replace("b", [4]));
        Assert.Equal(IoResult.Ok(1), c.Replace("before", [8]));
        Assert.Equal([1], b.Read("a"));
        Assert.Equal([4], c.Read("b"));
        Assert.Equal([8], b.Read("before"));
        Assert.Equal(IoError.Stale, alone.Replace("before", [9]).Error);
        Assert.Equal(StoreProblem.Stale, Refused(WriterOf("rank-0", 2)).Problem);
    }

    [Fact]
    public void AStoreThatIsShared_HasNoSoleWriter()
    {
        FileStore.Format(Place);
        FileStore.Open(Place, WriterOf("rank-3", 1)).Dispose();
        Assert.Equal($"open: {Place} is shared by the ranks of a cluster; ask these", Refused(new FileStoreOptions()).Message);
        using FileStore looks = FileStore.Open(Place, new FileStoreOptions { IsReadOnly = true, Writer = "rank-3" });
        using var harness = new ObjectHarness(looks);
        Assert.Equal(IoError.ReadOnly, harness.Replace("a", [1]).Error);
    }

    [Fact]
    public void AWriterTidiesUpBehindItselfAlone()
    {
        FileStore.Format(Place);
        FileStore.Open(Place, WriterOf("rank-1", 1)).Dispose();
        string[] left = ["rank-1.5-1", "rank-10.5-1", "rank-2.5-1"];
        foreach (string name in left)
            File.WriteAllText(Path.Combine(Place, "aside", name), "half");
        FileStore.Open(Place, WriterOf("rank-1", 2)).Dispose();
        Assert.Equal(left[1..], Directory.GetFiles(Path.Combine(Place, "aside")).Select(Path.GetFileName).Order());
    }

    private static FileStoreOptions WriterOf(string name, ulong incarnation) =>
        new() { Writer = name, Incarnation = incarnation, Threads = 1 };

    private StoreException Refused(FileStoreOptions options) =>
        Assert.Throws<StoreException>(() => FileStore.Open(Place, options).Dispose());

    [Fact]
    public void OpenSaysWhatIsWrong()
    {
        Refused(StoreProblem.Missing, "does not exist");
        Directory.CreateDirectory(Place);
        Refused(StoreProblem.Foreign, "is not an Engine file store");
        File.WriteAllText(Path.Combine(Place, "notes"), "mine");
        StoreException foreign = Assert.Throws<StoreException>(() => FileStore.Format(Place));
        Assert.Equal(StoreProblem.Foreign, foreign.Problem);
        Assert.Contains("holds notes", foreign.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Place, "notes"));
        FileStore.Format(Place);
        StoreException own = Assert.Throws<StoreException>(() => FileStore.Format(Place));
        Assert.Contains("Engine file store", own.Message, StringComparison.Ordinal);
        string head = Path.Combine(Place, "engine-store");
        byte[] bytes = File.ReadAllBytes(head);
        bytes[40] ^= 1;
        File.WriteAllBytes(head, bytes);
        Refused(StoreProblem.Damaged, "damaged head");
        bytes[0] ^= 1;
        File.WriteAllBytes(head, bytes);
        Refused(StoreProblem.Foreign, "not Engine's");
    }

    [Fact]
    public void AReadOnlyStoreReadsAndRefusesChanges()
    {
        FileStore.Format(Place);
        using (FileStore store = FileStore.Open(Place))
        {
            using var harness = new ObjectHarness(store);
            harness.Replace("a", [1]);
        }

        using FileStore reader = FileStore.Open(Place, new FileStoreOptions { IsReadOnly = true });
        using var reading = new ObjectHarness(reader);
        Assert.Equal([1], reading.Read("a"));
        Assert.Equal(IoError.ReadOnly, reading.Replace("a", [2]).Error);
        Assert.Equal(IoError.ReadOnly, reading.Remove("a").Error);
    }

    [Fact]
    public void WhatWasLeftAsideIsRemovedAtOpen()
    {
        FileStore.Format(Place);
        string left = Path.Combine(Place, "aside", "17-3");
        File.WriteAllBytes(left, [1, 2]);
        FileStore.Open(Place).Dispose();
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void AMissingFolderIsAnErrorOfTheOperation()
    {
        FileStore.Format(Place);
        using FileStore store = FileStore.Open(Place);
        using var harness = new ObjectHarness(store);
        Directory.Delete(Path.Combine(Place, "objects"));
        Assert.Equal(IoError.NoEntry, harness.Replace("a", [1]).Error);
        Assert.Empty(Directory.GetFiles(Path.Combine(Place, "aside")));
        Assert.Equal(IoError.NoEntry, harness.List("").Result.Error);
    }

    [Fact]
    public void TooManyOperationsAreRefusedAndAClosedStoreRefusesAll()
    {
        FileStore.Format(Place);
        FileStore store = FileStore.Open(Place, new FileStoreOptions { Threads = 1, OperationsMax = 1 });
        using var harness = new ObjectHarness(store);
        var stats = new List<Submission>();
        for (int index = 0; index < 2000; index++)
        {
            Submission submission = harness.Log.Begin();
            store.Stat(ObjectHarness.Target("a"), submission);
            stats.Add(submission);
        }

        IoError[] results = [.. stats.Select(stat => harness.Log.Wait(stat).Error)];
        Assert.All(results, error => Assert.True(error == IoError.NoEntry || error == IoError.Again));
        Assert.Contains(IoError.Again, results);
        store.Dispose();
        Assert.Equal(IoError.Shutdown, harness.Replace("a", [1]).Error);
        Assert.Equal(IoError.Shutdown, harness.Stat("a").Error);
    }

    private void Refused(StoreProblem problem, string part)
    {
        StoreException refused = Assert.Throws<StoreException>(() => FileStore.Open(Place).Dispose());
        Assert.Equal(problem, refused.Problem);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("open: " + Place, refused.Message, StringComparison.Ordinal);
    }
}
