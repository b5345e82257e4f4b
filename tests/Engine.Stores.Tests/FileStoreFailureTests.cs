using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class FileStoreFailureTests
{
    [Fact]
    public void EveryFailingCallIsAnErrorAndKeepsTheOldObject()
    {
        for (int nth = 1; ; nth++)
        {
            using var folder = new TemporaryFolder();
            string place = Path.Combine(folder.Path, "store");
            FileStore.Format(place);
            var calls = new FailingCalls(nth, nth % 2 == 0 ? IoError.NoSpace : IoError.Io);
            byte[] last = [];
            using (FileStore store = FileStore.Open(place, null, calls))
            {
                using var harness = new ObjectHarness(store);
                for (byte value = 1; value < 5; value++)
                {
                    IoResult result = harness.Replace("a", [value, value]);
                    if (result.Failed)
                        Assert.Equal(calls.Error, result.Error);
                    else
                        last = [value, value];
                    // A failed sync of the directory leaves the new object there, though nobody may count on it.
                    byte[] there = last.Length == 0 && harness.Stat("a").Failed ? [] : harness.Read("a");
                    bool isNew = result.Failed && there.AsSpan().SequenceEqual([value, value]);
                    Assert.True(isNew || there.AsSpan().SequenceEqual(last), $"call {nth}");
                    last = there;
                }
            }

            Assert.Empty(Directory.GetFiles(Path.Combine(place, "aside")));
            if (calls.Count < nth)
            {
                Assert.True(nth > 16, $"only {nth} calls");
                return;
            }
        }
    }

    [Fact]
    public void AFailedSyncOfTheDirectoryEndsAllChanges()
    {
        using var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "store");
        FileStore.Format(place);
        // Create, write, sync, rename, and then the directory.
        var calls = new FailingCalls(5, IoError.Io);
        using FileStore store = FileStore.Open(place, null, calls);
        using var harness = new ObjectHarness(store);
        Assert.Equal(IoError.Io, harness.Replace("a", [1]).Error);
        Assert.Equal(IoError.Io, harness.Replace("b", [1]).Error);
        Assert.Equal(IoError.Io, harness.Remove("a").Error);
        Assert.Equal(5 + 4 + 1, calls.Count);
    }

    /// <summary>A removal whose sync failed happened, as far as readers see; that it is durable is only known by a
    /// flush.</summary>
    [Fact]
    public void AFlushTellsWhatAFailedRemovalLeftOpen()
    {
        using var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "store");
        FileStore.Format(place);
        // Create, write, sync, rename, the directory, removal, and then the directory.
        var calls = new FailingCalls(7, IoError.Io);
        using (FileStore store = FileStore.Open(place, null, calls))
        {
            using var harness = new ObjectHarness(store);
            Assert.False(harness.Replace("a", [1]).Failed);
            Assert.Equal(IoError.Io, harness.Remove("a").Error);
            Assert.Equal(IoError.NoEntry, harness.Remove("a").Error);
            Assert.Equal(IoError.Io, harness.Flush().Error);
        }

        calls = new FailingCalls(int.MaxValue, IoError.Io);
        using (FileStore store = FileStore.Open(place, null, calls))
        {
            using var harness = new ObjectHarness(store);
            Assert.Equal(IoError.NoEntry, harness.Remove("a").Error);
            Assert.False(harness.Flush().Failed);
            Assert.Equal(2, calls.Count);
        }
    }

    private sealed class FailingCalls(int nth, IoError error) : FileCalls
    {
        public IoError Error => error;

        public int Count { get; private set; }

        private bool Fails => ++Count == nth;

        public override IoError Create(string path, out StorageFile? file)
        {
            file = null;
            return Fails ? error : base.Create(path, out file);
        }

        public override IoResult Write(string path, StorageFile file, Span<IoVector> vectors) =>
            Fails ? IoResult.Fail(error) : base.Write(path, file, vectors);

        public override IoError Sync(string path, StorageFile file) => Fails ? error : base.Sync(path, file);

        public override IoError Rename(string from, string to) => Fails ? error : base.Rename(from, to);

        public override IoError Remove(string path)
        {
            IoError failure = Fails ? error : IoError.None;
            IoError removed = base.Remove(path);
            return failure.Failed ? failure : removed;
        }

        public override IoError SyncDirectory(string path) => Fails ? error : base.SyncDirectory(path);
    }

    /// <summary>A place where nothing can be made is told by its error, too.</summary>
    [Fact]
    public void APlaceThatIsNoneSaysWhatItIs()
    {
        StoreException refusal = Assert.Throws<StoreException>(() => FileStore.Format("/proc/engine-store"));
        Assert.Equal((StoreProblem.DeviceFailed, IoError.NoEntry.Errno), (refusal.Problem, refusal.Errno));
        (Exception Refusal, IoError Error)[] all =
        [
            (new UnauthorizedAccessException(), IoError.Access), (new DirectoryNotFoundException(), IoError.NoEntry),
            (new IOException("full", 28), IoError.NoSpace), (new IOException("sealed", 30), IoError.ReadOnly),
            (new IOException("else", 99), IoError.Io), (new DeviceException(IoError.Busy, "held"), IoError.Busy),
        ];
        Assert.All(all, each => Assert.Equal(each.Error, FormatRefusal.ErrorOf(each.Refusal)));
    }
}
