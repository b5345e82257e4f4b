// What the metadata plane needs of a store: named objects that are replaced whole, read, listed and removed.
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

/// <summary>What every store of whole objects must do; a class per store derives from it.</summary>
public abstract class WholeObjectContract
{
    [Fact]
    public void AnObjectIsWhatItWasReplacedBy()
    {
        using Subject subject = Open();
        ObjectHarness store = subject.Harness;
        foreach (int length in (int[])[5000, 70000, 3, 0, 4096])
        {
            byte[] bytes = Pattern(length, length);
            Assert.Equal(IoResult.Ok(length), store.Replace("1000.00000000", bytes));
            Assert.Equal(bytes, store.Read("1000.00000000"));
            Assert.Equal(IoResult.Ok(length), store.Stat("1000.00000000"));
        }

        Assert.Equal(IoError.None, store.Flush().Error);
    }

    [Fact]
    public void APartIsReadAndTheEndIsShort()
    {
        using Subject subject = Open();
        byte[] bytes = Pattern(1, 10000);
        subject.Harness.Replace("a", bytes);
        IoResult result = subject.Harness.Read(ObjectHarness.Target("a"), 9000, 5000, out byte[] part);
        Assert.Equal(IoResult.Ok(1000), result);
        Assert.Equal(bytes[9000..], part[..1000]);
        Assert.Equal(IoResult.Ok(0), subject.Harness.Read(ObjectHarness.Target("a"), 20000, 10, out _));
    }

    [Fact]
    public void WhatIsNotThereIsENOENT()
    {
        using Subject subject = Open();
        Assert.Equal(IoError.NoEntry, subject.Harness.Read(ObjectHarness.Target("a"), 0, 10, out _).Error);
        Assert.Equal(IoError.NoEntry, subject.Harness.Stat("a").Error);
        Assert.Equal(IoError.NoEntry, subject.Harness.Remove("a").Error);
        subject.Harness.Replace("a", [1]);
        Assert.Equal(IoError.None, subject.Harness.Remove("a").Error);
        Assert.Equal(IoError.NoEntry, subject.Harness.Stat("a").Error);
    }

    [Fact]
    public void ListIsByPrefixAndInOrder()
    {
        using Subject subject = Open();
        string[] names = ["10.b", "10.a", "2", ".hidden", "..", "a/b", "ä%41", "10 c", "@x"];
        foreach (string name in names)
            Assert.False(subject.Harness.Replace(name, [1]).Failed, name);
        (IoResult result, List<string> found) = subject.Harness.List("");
        Assert.Equal(IoResult.Ok(names.Length), result);
        Assert.Equal(names.Order(StringComparer.Ordinal), found);
        Assert.Equal(["10 c", "10.a", "10.b"], subject.Harness.List("10").Names);
        Assert.Empty(subject.Harness.List("3").Names);
    }

    [Fact]
    public void KeysDifferInEveryPart()
    {
        using Subject subject = Open();
        ObjectKey[] keys =
        [
            new(0, "", "", "x"), new(1, "", "", "x"), new(0, "n", "", "x"), new(0, "", "n", "x"), new(0, "", "", "x@0@n@"),
        ];
        for (byte index = 0; index < keys.Length; index++)
            Assert.False(subject.Harness.Replace(new ObjectTarget(keys[index], 0), [index]).Failed);
        for (byte index = 0; index < keys.Length; index++)
        {
            Assert.Equal(1, subject.Harness.Read(new ObjectTarget(keys[index], 0), 0, 10, out byte[] bytes).Bytes);
            Assert.Equal(index, bytes[0]);
        }
    }

    [Fact]
    public void WrongRequestsAreRefused()
    {
        using Subject subject = Open();
        ObjectTarget clone = new(new ObjectKey(0, "", "", "a", Snapshot: 4), 0);
        Assert.Equal(IoError.NotSupported, subject.Harness.Replace(clone, [1]).Error);
        Assert.Equal(IoError.NotSupported, subject.Harness.Read(clone, 0, 1, out _).Error);
        Assert.Equal(IoError.Invalid, subject.Harness.Read(ObjectHarness.Target("a"), -1, 1, out _).Error);
        using BufferList list = subject.List([1, 2]);
        Submission submission = subject.Harness.Log.Begin();
        subject.Backend.Write(new ObjectWrite(ObjectHarness.Target("a"), 1, 2) { Replaces = true }, list, submission);
        Assert.Equal(IoError.Invalid, subject.Harness.Log.Wait(submission).Error);
    }

    [Fact]
    public void ManyReplacementsAtOnceCompleteOnceEach()
    {
        using Subject subject = Open();
        var running = new List<(Submission Submission, BufferList List)>();
        for (int index = 0; index < 200; index++)
            running.Add(subject.Harness.BeginReplace(ObjectHarness.Target($"o{index}"), Pattern(index, index * 20)));
        for (int index = 0; index < 200; index++)
        {
            Assert.Equal(IoResult.Ok(index * 20), subject.Harness.Log.Wait(running[index].Submission));
            running[index].List.Dispose();
            Assert.Equal(Pattern(index, index * 20), subject.Harness.Read($"o{index}"));
        }
    }

    [Fact]
    public void RandomOperationsAgreeWithAModel()
    {
        using Subject subject = Open();
        var random = new SeededRandom(5);
        var model = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        for (int step = 0; step < 400; step++)
        {
            string name = $"o{random.NextInt(12)}";
            switch (random.NextInt(5))
            {
                case < 2:
                    byte[] bytes = Pattern(step, random.NextInt(9000));
                    Assert.Equal(IoResult.Ok(bytes.Length), subject.Harness.Replace(name, bytes));
                    model[name] = bytes;
                    break;
                case 2:
                    Assert.Equal(model.Remove(name) ? IoError.None : IoError.NoEntry, subject.Harness.Remove(name).Error);
                    break;
                case 3:
                    Assert.Equal(model.Keys, subject.Harness.List("o").Names);
                    break;
                default:
                    if (model.TryGetValue(name, out byte[]? expected))
                        Assert.Equal(expected, subject.Harness.Read(name));
                    else
                        Assert.Equal(IoError.NoEntry, subject.Harness.Stat(name).Error);
                    break;
            }
        }
    }

    protected abstract Subject Open();

    protected static byte[] Pattern(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)seed + 3000).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A store under test with what it stands on.</summary>
    protected sealed class Subject(IObjectBackend backend, params IDisposable[] owned) : IDisposable
    {
        private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = 4, HugePages = false });

        public IObjectBackend Backend => backend;

        public ObjectHarness Harness { get; } = new(backend);

        public BufferList List(ReadOnlySpan<byte> bytes)
        {
            BufferList list = BufferList.Rent(_pool);
            Assert.True(list.TryAppendCopy(bytes));
            return list;
        }

        public void Dispose()
        {
            Harness.Dispose();
            foreach (IDisposable item in owned)
                item.Dispose();
            _pool.Dispose();
        }
    }
}
