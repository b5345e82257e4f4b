// Devices that fail, and instances that are taken over while their writes are under way.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

public sealed class LogFailureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EveryFailingCallEndsTheLogAndLosesNothingAcknowledged(bool usesFua)
    {
        for (int nth = 1; ; nth++)
        {
            using MemoryDevice memory = LogDevices.Formatted();
            using var faulty = new FaultDevice(memory);
            using var harness = new LogHarness();
            faulty.FailCall(nth, nth % 3 == 0 ? IoError.NoSpace : IoError.Io);
            var acknowledged = new List<LogRecordModel>();
            var appended = new List<LogRecordModel>();
            long start = Work(faulty, harness, usesFua, acknowledged, appended);
            faulty.Clear();
            bool wasHit = faulty.FaultCount > 0;
            using DeviceLog again = DeviceLog.Open(memory);
            List<(long Position, byte[] Bytes)> found = harness.ReadAll(again).FindAll(record => record.Position >= start);
            appended.RemoveAll(record => record.Position < start);
            acknowledged.RemoveAll(record => record.Position < start);
            Assert.True(found.Count >= acknowledged.Count, $"call {nth}: {found.Count} found of {acknowledged.Count}");
            for (int index = 0; index < found.Count; index++)
            {
                Assert.Equal(appended[index].Position, found[index].Position);
                Assert.Equal(appended[index].Bytes, found[index].Bytes);
            }

            if (!wasHit)
            {
                Assert.True(nth > 30, $"only {nth} calls");
                return;
            }
        }
    }

    [Fact]
    public void AShortWriteGoesOn()
    {
        using MemoryDevice memory = LogDevices.Formatted(512);
        using var faulty = new FaultDevice(memory);
        using var harness = new LogHarness();
        using DeviceLog log = DeviceLog.Open(faulty, new LogOptions { UsesFua = false });
        byte[] bytes = LogHarness.Payload(3, 9000);
        harness.Append(log, bytes);
        faulty.Add(new FaultRule
        {
            Operation = DeviceOperation.Write, Effect = FaultEffect.Short, Bytes = 1024, Times = 3,
            Offset = LogLayout.HeaderBytes,
        });
        Assert.Equal(IoError.None, harness.Flush(log).Error);
        Assert.Equal(3, faulty.FaultCount);
        Assert.Equal(bytes, Assert.Single(harness.ReadAll(log)).Bytes);
    }

    [Fact]
    public void FlushesShareTheDevicesFlush()
    {
        using MemoryDevice memory = LogDevices.Formatted();
        using var faulty = new FaultDevice(memory);
        using var harness = new LogHarness();
        using DeviceLog log = DeviceLog.Open(faulty, new LogOptions { UsesFua = false, WritesMax = 1 });
        faulty.Add(new FaultRule
        {
            Operation = DeviceOperation.Write, Effect = FaultEffect.Stall, Offset = LogLayout.HeaderBytes,
        });
        harness.Append(log, [0]);
        var flushes = new List<Submission> { harness.FlushLater(log) };
        faulty.WaitForStalled(1);
        long before = faulty.CallCount;
        for (byte index = 1; index < 50; index++)
        {
            harness.Append(log, [index]);
            flushes.Add(harness.FlushLater(log));
        }

        faulty.Release();
        Assert.All(flushes, flush => Assert.Equal(IoError.None, harness.Log.Wait(flush).Error));
        // The second write carries all that came meanwhile; each round is a write, a flush and a look at the superblock.
        Assert.InRange(faulty.CallCount - before, 3, 6);
        Assert.Equal(50, harness.ReadAll(log).Count);
    }

    /// <summary>Two writes with a flush of the kernel behind each could be under way at once, and one be acknowledged that the
    /// other one's flush has lost.</summary>
    [Fact]
    public void WithoutFuaOfTheDeviceOneFlushAtATimeCoversRecordsAndState()
    {
        using MemoryDevice memory = LogDevices.Formatted();
        using var recorder = new RecordingDevice(memory, hasFua: false);
        using var held = new ManualDevice(recorder);
        using var harness = new LogHarness();
        using DeviceLog log = DeviceLog.Open(held, new LogOptions { WriteBytes = 4096 });
        int before = recorder.Log.Count;
        long last = 0;
        int flushesMost = 0;
        while (last < 3 * log.Capacity / 4)
        {
            last = harness.Append(log, LogHarness.Payload(1, 3000));
            Submission[] flushes = [harness.FlushLater(log), default];
            harness.Append(log, LogHarness.Payload(2, 3000));
            flushes[1] = harness.FlushLater(log);
            Assert.All(flushes, flush => flushesMost = Math.Max(flushesMost, DrainWritesFirst(held, harness, flush)));
        }

        Submission trim = harness.Log.Begin();
        log.Trim(last, trim);
        Drain(held, harness, trim);
        List<RecordedRequest> requests = [.. recorder.Log.Skip(before)];
        Assert.DoesNotContain(requests, request => request.Fua);
        Assert.Equal(1, flushesMost);
        RecordedRequest[] states =
            [.. requests.Where(request => request.Offset is LogLayout.FirstState or LogLayout.SecondState && request.Length > 0)];
        Assert.Equal(2, states.Length);
        Assert.All(states, state => Assert.Contains(requests, flush => flush.Operation == DeviceOperation.Flush
            && flush.SubmitEvent > state.CompleteEvent && (state == states[1] || flush.CompleteEvent < states[1].SubmitEvent)));
    }

    [Fact]
    public void LateWritesOfAnInstanceTakenOverReachNothing()
    {
        using MemoryDevice memory = LogDevices.Formatted();
        using var held = new ManualDevice(memory);
        using var harness = new LogHarness();
        DeviceLog old = DeviceLog.Open(held);
        harness.Append(old, [1]);
        Submission first = harness.FlushLater(old);
        Drain(held, harness, first);
        harness.Append(old, [2]);
        Submission late = harness.FlushLater(old);
        Assert.Single(held.Held);
        long end;
        using (DeviceLog taken = DeviceLog.Open(memory, new LogOptions { IsShared = true }))
        {
            harness.Append(taken, [3]);
            Assert.Equal(IoError.None, harness.Flush(taken).Error);
            Drain(held, harness, late);
            Assert.Equal(IoError.Stale, harness.Log.Wait(late).Error);
            harness.Append(taken, [4]);
            Assert.Equal(IoError.None, harness.Flush(taken).Error);
            end = taken.End;
        }

        old.Dispose();
        for (int opened = 0; opened < 3; opened++)
        {
            using DeviceLog again = DeviceLog.Open(memory);
            Assert.Equal(end, again.End);
            Assert.Equal([1, 3, 4], harness.ReadAll(again).ConvertAll(record => (int)record.Bytes[0]));
        }
    }

    [Fact]
    public void WholeBlocksAreWrittenFromWhereTheyAre()
    {
        using MemoryDevice memory = LogDevices.Formatted();
        using var held = new ManualDevice(memory);
        using var harness = new LogHarness(64, 4096);
        using DeviceLog log = DeviceLog.Open(held, new LogOptions { WriteBytes = 16384 });
        byte[] head = LogHarness.Payload(1, 77);
        byte[] pages = LogHarness.Payload(2, 3 * 4096);
        byte[] tail = LogHarness.Payload(3, 1000);
        using BufferList payload = BufferList.Rent(harness.Pool);
        foreach (byte[] part in (byte[][])[head, pages, tail])
        {
            using BufferList list = BufferList.Rent(harness.Pool);
            Assert.True(list.TryAppendCopy(part));
            payload.Claim(list);
        }

        long copied = harness.Pool.PayloadBytesCopied;
        harness.Append(log, [5]);
        Assert.Equal(IoError.None, log.Append(payload, out _));
        Assert.Equal(head.Length + tail.Length + 2, harness.Pool.PayloadBytesCopied - copied);
        Submission flush = harness.FlushLater(log);
        Assert.Equal(3 * 4096, BytesInPool(held.Held[0], harness.Pool));
        Drain(held, harness, flush);
        List<(long Position, byte[] Bytes)> records = harness.ReadAll(log);
        Assert.Equal([.. head, .. pages, .. tail], records[1].Bytes);
    }

    [Fact]
    public void TooMuchPendingIsRefusedUntilAFlush()
    {
        using MemoryDevice memory = LogDevices.Formatted();
        using var held = new ManualDevice(memory);
        using var harness = new LogHarness();
        using DeviceLog log = DeviceLog.Open(held, new LogOptions { PendingBytesMax = 10000 });
        harness.Append(log, new byte[6000]);
        Assert.Equal(IoError.Again, harness.TryAppend(log, new byte[6000], out _));
        Drain(held, harness, harness.FlushLater(log));
        harness.Append(log, new byte[6000]);
        Drain(held, harness, harness.FlushLater(log));
        Assert.Equal(2, harness.ReadAll(log).Count);
    }

    [Fact]
    public void AppendAndFlushAllocateNothing()
    {
        using var memory = new MemoryDevice(LogLayout.HeaderBytes + (8L << 20), 512, CompletionMode.Manual);
        DeviceLog.Format(memory, new LogFormatOptions { SegmentBytes = 2 << 20 });
        using var harness = new LogHarness();
        using BufferList list = BufferList.Rent(harness.Pool);
        Assert.True(list.TryAppendCopy(LogHarness.Payload(1, 12288 + 100)));
        var sink = new CountingSink();
        using (DeviceLog log = DeviceLog.Open(memory))
        {
            Round(log);
            Assert.Equal(0, AllocationGate.LeastBytes(() => Round(log)));
        }

        void Round(DeviceLog log)
        {
            for (int index = 0; index < 10; index++)
            {
                Invariant.That(log.Append(list, out _).IsNone);
                Invariant.That(log.Append(list, out _).IsNone);
                log.Flush(new Submission(sink, 1));
                while (memory.PendingCount > 0)
                    memory.Pump();
            }
        }
    }

    private static unsafe long BytesInPool(in DeviceRequest request, BufferPool pool)
    {
        long bytes = 0;
        for (int index = 0; index < request.VectorCount; index++)
        {
            IoVector vector = request.Vectors[index];
            bytes += pool.Contains(vector.Address, vector.Length) ? (long)vector.Length : 0;
        }

        return bytes;
    }

    /// <summary>Lets writes go while a flush is held, which must stay alone; returns the most flushes held at once. Fails
    /// nothing itself: closing the log would wait for what is held.</summary>
    private static int DrainWritesFirst(ManualDevice held, LogHarness harness, Submission until)
    {
        int most = 0;
        while (!harness.Log.IsDone(until))
        {
            List<DeviceRequest> requests = [.. held.Held];
            most = Math.Max(most, requests.Count(request => request.Operation == DeviceOperation.Flush));
            int write = requests.FindIndex(request => request.Operation != DeviceOperation.Flush);
            if (requests.Count > 0)
                held.Release(Math.Max(write, 0));
        }

        return most;
    }

    private static void Drain(ManualDevice held, LogHarness harness, Submission until)
    {
        while (!harness.Log.IsDone(until))
        {
            if (held.Held.Count > 0)
                held.Release();
        }
    }

    /// <summary>Opens, appends, flushes and trims until something fails; returns the start.</summary>
    private static long Work(
        FaultDevice device, LogHarness harness, bool usesFua, List<LogRecordModel> acknowledged,
        List<LogRecordModel> appended)
    {
        DeviceLog log;
        try
        {
            log = DeviceLog.Open(device, new LogOptions { UsesFua = usesFua });
        }
        catch (StoreException failure)
        {
            Assert.Equal(StoreProblem.DeviceFailed, failure.Problem);
            return 0;
        }

        using (log)
        {
            for (int index = 0; index < 12; index++)
            {
                byte[] bytes = LogHarness.Payload(index, 9000);
                IoError error = harness.TryAppend(log, bytes, out long position);
                if (error.IsNone)
                {
                    appended.Add(new LogRecordModel(position, bytes));
                    error = harness.Flush(log).Error;
                }

                if (error.IsNone)
                    acknowledged.Add(appended[^1]);
                if (error.IsNone && index % 4 == 3)
                    error = harness.Trim(log, appended[^1].Position).Error;
                if (error.Failed)
                {
                    Assert.Equal(error, harness.Flush(log).Error);
                    Assert.Equal(error, harness.TryAppend(log, [1], out _));
                    break;
                }
            }

            return log.Start;
        }
    }

    private sealed class CountingSink : ICompletionSink
    {
        public void Complete(ulong token, IoResult result) => Invariant.That(!result.Failed);
    }
}
