// The contract of IObjectBackend as tests. A store's class opens a fresh, empty store for each; what differs by design (absent
// objects, short tails) is evened out by the harness as the contract says: it reads as zeros.
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>What every store must do; a class per store derives from it. Ranges are multiples of 4096, objects of 256
/// KiB.</summary>
public abstract class ObjectBackendContract
{
    protected const int Unit = 4096;
    protected const int ObjectBytes = 256 << 10;
    protected const int ObjectCount = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatWasWrittenIsRead(bool callerWaits)
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        store.CallerWaits = callerWaits;
        byte[] bytes = Pattern(1, 10 * Unit);
        Assert.Equal(IoResult.Ok(bytes.Length), store.Write(3, 5 * Unit, bytes));
        byte[] read = new byte[bytes.Length];
        Assert.Equal(IoResult.Ok(bytes.Length), store.Read(3, 5 * Unit, read));
        Assert.Equal(bytes, read);
        Assert.Equal(bytes[Unit..(2 * Unit)], store.ReadBytes(3, 6 * Unit, Unit));
    }

    [Fact]
    public void WhatWasNeverWrittenReadsAsZeros()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        Assert.Equal(new byte[ObjectBytes], store.ReadBytes(2, 0, ObjectBytes));
        store.Write(2, 8 * Unit, Pattern(2, Unit));
        Assert.Equal(new byte[8 * Unit], store.ReadBytes(2, 0, 8 * Unit));
        Assert.Equal(new byte[4 * Unit], store.ReadBytes(2, 9 * Unit, 4 * Unit));
    }

    [Fact]
    public void ObjectsAreApart()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        for (int number = 0; number < ObjectCount; number++)
            Assert.False(store.Write(number, 0, Pattern(number, ObjectBytes), fua: number % 2 == 0).Failed);
        for (int number = 0; number < ObjectCount; number++)
            Assert.Equal(Pattern(number, ObjectBytes), store.ReadBytes(number, 0, ObjectBytes));
    }

    [Fact]
    public void EmptyTransfersAndFlushSucceed()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        Assert.Equal(IoResult.Ok(0), store.Write(0, 0, []));
        Assert.True(store.Read(0, 0, []).Error is { IsNone: true } or { Errno: 2 });
        Assert.False(store.Flush().Failed);
        Assert.False(store.WriteZeroes(0, 0, 0).Failed);
        Assert.False(store.Discard(0, 0, 0).Failed);
    }

    [Fact]
    public void NegativeRangesAreRefused()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        Assert.Equal(IoError.Invalid, store.Write(0, -Unit, new byte[Unit]).Error);
        Assert.Equal(IoError.Invalid, store.Read(0, -Unit, new byte[Unit]).Error);
        Assert.Equal(IoError.Invalid, store.Discard(0, -Unit, Unit).Error);
        Assert.Equal(IoError.Invalid, store.WriteZeroes(0, 0, -Unit).Error);
    }

    [Fact]
    public void WriteZeroesTruncateAndRemoveReadAsZeros()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        byte[] expected = Pattern(4, ObjectBytes);
        store.Write(4, 0, expected);
        Assert.False(store.WriteZeroes(4, 3 * Unit, 20 * Unit).Failed);
        expected.AsSpan(3 * Unit, 20 * Unit).Clear();
        Assert.Equal(expected, store.ReadBytes(4, 0, ObjectBytes));
        Assert.False(store.Truncate(4, 30 * Unit).Failed);
        expected.AsSpan(30 * Unit).Clear();
        Assert.Equal(expected, store.ReadBytes(4, 0, ObjectBytes));
        Assert.False(store.Remove(4).Failed);
        Assert.Equal(new byte[ObjectBytes], store.ReadBytes(4, 0, ObjectBytes));
    }

    [Fact]
    public void DiscardKeepsWhatLiesBeside()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        byte[] bytes = Pattern(5, 8 * Unit);
        store.Write(5, 0, bytes);
        Assert.False(store.Discard(5, 2 * Unit, 3 * Unit).Failed);
        Assert.Equal(bytes[..(2 * Unit)], store.ReadBytes(5, 0, 2 * Unit));
        Assert.Equal(bytes[(5 * Unit)..], store.ReadBytes(5, 5 * Unit, 3 * Unit));
        if (subject.Backend.Capabilities.HasSparse)
            Assert.Equal(new byte[3 * Unit], store.ReadBytes(5, 2 * Unit, 3 * Unit));
    }

    [Fact]
    public void ListNamesObjectsInOrdinalOrder()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        foreach (int number in (int[])[11, 2, 7, 0])
            store.Write(number, 0, Pattern(number, Unit));
        (IoResult result, List<string> names) = store.List(subject.Prefix);
        Assert.Equal(IoResult.Ok(names.Count), result);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        foreach (int number in (int[])[11, 2, 7, 0])
            Assert.Contains(Striper.ObjectName(subject.Prefix, number), names);
        Assert.Equal([Striper.ObjectName(subject.Prefix, 7)], store.List(Striper.ObjectName(subject.Prefix, 7)).Names);
        Assert.Empty(store.List("another").Names);
    }

    [Fact]
    public void StatCoversWhatWasWritten()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        store.Write(6, 2 * Unit, Pattern(6, Unit));
        Assert.True(store.Stat(6).Bytes >= 3 * Unit);
        Assert.Equal(IoError.NoEntry, store.Stat(ObjectCount + 50).Error);
        Assert.Equal(IoError.NoEntry, store.Remove(ObjectCount + 50).Error);
        Assert.Equal(IoError.NoEntry, store.Truncate(ObjectCount + 50, 0).Error);
    }

    [Fact]
    public void SnapshotsAreRefusedWhereThereAreNone()
    {
        using Subject subject = Open();
        Assert.False(subject.Backend.Capabilities.HasSnapshots);
        using BufferList list = subject.Harness.ListOf(new byte[Unit]);
        ObjectTarget head = subject.Harness.Target(0);
        Submission write = subject.Harness.Log.Begin();
        subject.Backend.Write(new ObjectWrite(head, 0, Unit) { Snapshots = new SnapContext(4, [4]) }, list, write);
        Assert.Equal(IoError.NotSupported, subject.Harness.Log.Wait(write).Error);
        Submission read = subject.Harness.Log.Begin();
        subject.Backend.Read(new ObjectRead(head with { Key = head.Key with { Snapshot = 4 } }, 0, Unit), list, read);
        Assert.Equal(IoError.NotSupported, subject.Harness.Log.Wait(read).Error);
        Assert.False(subject.Backend.MayCopyOnWrite(new ObjectRange(head, 0, Unit)));
    }

    [Fact]
    public void ManyOperationsAtOnceCompleteOnceEach()
    {
        using Subject subject = Open();
        CompletionLog log = subject.Harness.Log;
        var lists = new List<BufferList>();
        var submissions = new List<Submission>();
        for (int index = 0; index < 200; index++)
        {
            lists.Add(subject.Harness.ListOf(Pattern(index, Unit)));
            submissions.Add(log.Begin());
            var write = new ObjectWrite(subject.Harness.Target(index / 60), index % 60 * Unit, Unit);
            subject.Backend.Write(write, lists[^1], submissions[^1]);
        }

        Assert.All(submissions, submission => Assert.Equal(IoResult.Ok(Unit), log.Wait(submission)));
        lists.ForEach(list => list.Dispose());
        for (int index = 0; index < 200; index++)
            Assert.Equal(Pattern(index, Unit), subject.Harness.ReadBytes(index / 60, index % 60 * Unit, Unit));
        log.Verify();
    }

    [Fact]
    public void RandomOperationsAgreeWithAByteModel()
    {
        using Subject subject = Open();
        BackendHarness store = subject.Harness;
        var random = new SeededRandom(77);
        byte[][] model = [.. Enumerable.Range(0, 3).Select(_ => new byte[ObjectBytes])];
        for (int step = 0; step < 1500; step++)
        {
            int number = random.NextInt(3);
            int first = random.NextInt(ObjectBytes / Unit);
            int length = Unit * (1 + random.NextInt(Math.Min(16, (ObjectBytes / Unit) - first)));
            int offset = first * Unit;
            store.CallerWaits = step % 3 == 0;
            switch (random.NextLong(4))
            {
                case 0:
                    byte[] bytes = Pattern(step, length);
                    Assert.Equal(IoResult.Ok(length), store.Write(number, offset, bytes, fua: step % 5 == 0));
                    bytes.CopyTo(model[number].AsSpan(offset));
                    break;
                case 1:
                    Assert.False(store.WriteZeroes(number, offset, length).Failed);
                    model[number].AsSpan(offset, length).Clear();
                    break;
                default:
                    Assert.Equal(model[number].AsSpan(offset, length).ToArray(), store.ReadBytes(number, offset, length));
                    break;
            }
        }
    }

    protected abstract Subject Open();

    protected static byte[] Pattern(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)seed + 1000).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A store under test with what it stands on.</summary>
    protected sealed class Subject(IObjectBackend backend, string prefix, params IDisposable[] owned) : IDisposable
    {
        public IObjectBackend Backend => backend;

        public string Prefix => prefix;

        public BackendHarness Harness { get; } = new(backend, prefix);

        public void Dispose()
        {
            Harness.Dispose();
            foreach (IDisposable item in owned)
                item.Dispose();
        }
    }
}
