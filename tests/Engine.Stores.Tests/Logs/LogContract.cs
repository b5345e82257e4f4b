// The contract of ILog as tests, over a log that can be closed and opened again.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Stores.Tests.Logs;

/// <summary>What every log must do; a class per log derives from it. Segments are of 32 KiB, eight of them.</summary>
public abstract class LogContract
{
    protected const int SegmentBytes = 32 << 10;
    protected const int SegmentCount = 8;

    [Fact]
    public void ANewLogIsEmpty()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open();
        Assert.True(log.Start > 0);
        Assert.Equal(log.Start, log.End);
        Assert.Equal(log.Start, log.Durable);
        Assert.Empty(harness.ReadAll(log));
        Assert.Equal(IoError.None, harness.Flush(log).Error);
    }

    [Fact]
    public void WhatWasFlushedIsReadInOrder()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open();
        var expected = new List<(long, byte[])>();
        foreach (int length in (int[])[1, 0, 100, 4096, 5000, 12288, 3, 20000])
        {
            byte[] bytes = LogHarness.Payload(length, length);
            expected.Add((harness.Append(log, bytes), bytes));
        }

        Assert.True(log.Durable < log.End);
        Assert.Equal(IoError.None, harness.Flush(log).Error);
        Assert.Equal(log.End, log.Durable);
        Check(expected, harness.ReadAll(log));
        Check(expected, harness.ReadAll(log, 1));
    }

    [Fact]
    public void WhatWasNotFlushedIsNotRead()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open();
        harness.Append(log, [1]);
        harness.Flush(log);
        harness.Append(log, [2]);
        Assert.Equal([1], Assert.Single(harness.ReadAll(log)).Bytes);
    }

    [Fact]
    public void ALogOpenedAgainGoesOn()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        var expected = new List<(long, byte[])>();
        for (ulong life = 1; life <= 5; life++)
        {
            using SegmentLog log = place.Open(new LogOptions { Incarnation = life * 3 });
            Assert.Equal(life * 3, log.Incarnation);
            Check(expected, harness.ReadAll(log));
            for (int index = 0; index < 10; index++)
            {
                byte[] bytes = LogHarness.Payload((int)life * 100 + index, 50 * index);
                expected.Add((harness.Append(log, bytes), bytes));
            }

            harness.Flush(log);
        }

        LogCheck check = place.Check();
        Assert.Equal(StoreProblem.None, check.Problem);
        Assert.Equal(50, check.Records);
    }

    [Fact]
    public void AnOlderIncarnationIsRefused()
    {
        using LogPlace place = Make();
        place.Open(new LogOptions { Incarnation = 7 }).Dispose();
        StoreException refused = Assert.Throws<StoreException>(() => place.Open(new LogOptions { Incarnation = 7 }).Dispose());
        Assert.Equal(StoreProblem.Stale, refused.Problem);
        Assert.Equal(IoError.Stale.Errno, refused.Errno);
        place.Open(new LogOptions { Incarnation = 8 }).Dispose();
    }

    [Fact]
    public void AFullLogSaysSoAndTrimmingHelps()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open();
        var positions = new List<long>();
        byte[] bytes = LogHarness.Payload(1, 8000);
        while (true)
        {
            IoError error = harness.TryAppend(log, bytes, out long position);
            if (error.Failed)
            {
                Assert.Equal(IoError.NoSpace, error);
                break;
            }

            positions.Add(position);
        }

        Assert.InRange(positions.Count, SegmentCount * 3, SegmentCount * 4);
        harness.Flush(log);
        Assert.Equal(IoError.NoSpace, harness.TryAppend(log, bytes, out _));
        Assert.Equal(IoError.None, harness.Trim(log, positions[6]).Error);
        Assert.Equal(positions[6], log.Start);
        positions.RemoveRange(0, 6);
        for (int index = 0; index < 3; index++)
            positions.Add(harness.Append(log, bytes));
        harness.Flush(log);
        Assert.Equal(positions, harness.ReadAll(log).ConvertAll(record => record.Position));
    }

    [Fact]
    public void ARecordThatIsTooLongIsRefusedAndTheLongestIsNot()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open();
        byte[] longest = LogHarness.Payload(9, log.RecordBytesMax);
        harness.Append(log, [1]);
        harness.Append(log, longest);
        Assert.Equal(IoError.TooLong, harness.TryAppend(log, new byte[log.RecordBytesMax + 1], out _));
        harness.Append(log, [2]);
        harness.Flush(log);
        List<(long Position, byte[] Bytes)> records = harness.ReadAll(log);
        Assert.Equal([1, log.RecordBytesMax, 1], records.ConvertAll(record => record.Bytes.Length));
        Assert.Equal(longest, records[1].Bytes);
    }

    [Fact]
    public void ManyFlushesAtOnceComplete()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using SegmentLog log = place.Open(new LogOptions { WritesMax = 2, WriteBytes = 4096 });
        var flushes = new List<Submission>();
        for (int index = 0; index < 90; index++)
        {
            harness.Append(log, LogHarness.Payload(index, index));
            if (index % 3 == 0)
                flushes.Add(harness.FlushLater(log));
        }

        Assert.All(flushes, flush => Assert.Equal(IoError.None, harness.Log.Wait(flush).Error));
        harness.Flush(log);
        Assert.Equal(90, harness.ReadAll(log).Count);
    }

    [Fact]
    public void AFenceByTheSameInstanceGoesOn()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        using (SegmentLog log = place.Open(new LogOptions { Incarnation = 3 }))
        {
            harness.Append(log, [1]);
            Assert.Equal(IoError.Stale, harness.Fence(log, 3).Error);
            Assert.Equal(IoError.None, harness.Fence(log, 9).Error);
            Assert.Equal(9u, log.Incarnation);
            harness.Append(log, [2]);
            Assert.Equal(IoError.None, harness.Flush(log).Error);
        }

        using SegmentLog again = place.Open();
        Assert.Equal(10u, again.Incarnation);
        Assert.Equal(2, harness.ReadAll(again).Count);
    }

    [Fact]
    public void AnOlderInstanceAcknowledgesNothingMore()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        SegmentLog old = place.Open();
        harness.Append(old, [1]);
        Assert.Equal(IoError.None, harness.Flush(old).Error);
        using (SegmentLog taken = place.Open(new LogOptions { IsShared = true }))
        {
            harness.Append(old, [2]);
            Assert.Equal(IoError.Stale, harness.Flush(old).Error);
            Assert.Equal(IoError.Stale, harness.TryAppend(old, [3], out _));
            Assert.Equal(IoError.Stale, harness.Trim(old, old.Durable).Error);
            harness.Append(taken, [4]);
            Assert.Equal(IoError.None, harness.Flush(taken).Error);
        }

        old.Dispose();
        using SegmentLog third = place.Open();
        Assert.Equal([1, 4], harness.ReadAll(third).ConvertAll(record => (int)record.Bytes[0]));
        harness.Append(third, [5]);
        harness.Flush(third);
        Assert.Equal([1, 4, 5], harness.ReadAll(third).ConvertAll(record => (int)record.Bytes[0]));
    }

    [Fact]
    public void AClosedLogRefuses()
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        SegmentLog log = place.Open();
        harness.Append(log, [1]);
        log.Dispose();
        Assert.Equal(IoError.Shutdown, harness.TryAppend(log, [2], out _));
        Assert.Equal(IoError.Shutdown, harness.Flush(log).Error);
        Assert.Equal(IoError.Shutdown, harness.Trim(log, log.Durable).Error);
        using var batch = new LogBatch(harness.Pool, 100);
        Assert.Equal(IoError.Shutdown, harness.Read(log, log.Start, batch).Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomOperationsAgreeWithAModel(int seed)
    {
        using var harness = new LogHarness();
        using LogPlace place = Make();
        var random = new SeededRandom((ulong)seed);
        var model = new List<(long Position, byte[] Bytes)>();
        var options = new LogOptions
        {
            WritesMax = random.NextInt(1, 5), WriteBytes = 4096 << random.NextInt(4), UsesFua = seed % 2 == 0,
        };
        SegmentLog log = place.Open(options);
        int flushed = 0;
        for (int step = 0; step < 1500; step++)
        {
            switch (random.NextInt(24))
            {
                case < 14:
                    int length = random.NextInt(10) == 0 ? random.NextInt(log.RecordBytesMax) : random.NextInt(600);
                    byte[] bytes = LogHarness.Payload(step, length);
                    if (harness.TryAppend(log, bytes, out long position).IsNone)
                        model.Add((position, bytes));
                    break;
                case < 19:
                    Assert.Equal(IoError.None, harness.Flush(log).Error);
                    flushed = model.Count;
                    break;
                case < 22:
                    int kept = flushed == 0 ? 0 : random.NextInt(flushed + 1);
                    Assert.Equal(IoError.None, harness.Trim(log, kept < flushed ? model[kept].Position : log.Durable).Error);
                    model.RemoveRange(0, kept);
                    flushed -= kept;
                    break;
                case 22:
                    Check(model[..flushed], harness.ReadAll(log, random.NextInt(1, 20000)));
                    break;
                default:
                    log.Dispose();
                    log = place.Open(options);
                    flushed = Survivors(harness, log, model, flushed);
                    break;
            }
        }

        log.Dispose();
    }

    protected abstract LogPlace Make();

    protected static void Check(List<(long Position, byte[] Bytes)> expected, List<(long Position, byte[] Bytes)> found)
    {
        Assert.Equal(expected.ConvertAll(record => record.Position), found.ConvertAll(record => record.Position));
        for (int index = 0; index < expected.Count; index++)
            Assert.Equal(expected[index].Bytes, found[index].Bytes);
    }

    /// <summary>After a close without a flush the last records may be there or not.</summary>
    private static int Survivors(LogHarness harness, SegmentLog log, List<(long Position, byte[] Bytes)> model, int flushed)
    {
        List<(long Position, byte[] Bytes)> found = harness.ReadAll(log);
        Assert.InRange(found.Count, flushed, model.Count);
        model.RemoveRange(found.Count, model.Count - found.Count);
        Check(model, found);
        return found.Count;
    }

    /// <summary>Where a log lies: it can be opened again and again, also twice at a time.</summary>
    protected abstract class LogPlace : IDisposable
    {
        public abstract SegmentLog Open(LogOptions? options = null);

        public abstract LogCheck Check();

        public abstract void Dispose();
    }
}
