// One life of a log on a recording device, and what a crash at any point of it must leave.
//
// The run is one thread: the device completes when it is pumped. Each acknowledged flush and each trim asked for is noted with
// the number of events at that time; a crash point then knows what had been promised.
// What a recovery finds is checked to be one stretch of what was appended, in order and byte for byte, that begins at or before
// the last trim asked for and holds everything acknowledged.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Logs;

internal sealed class LogCrashRun : ICompletionSink, IDisposable
{
    private readonly LogScript _script;
    private readonly DiagnosticPool _pool = new(64, 4096, stackEvery: 64);
    private readonly MemoryDevice _memory;
    private readonly IBlockDevice _device;
    private readonly List<LogRecordModel> _appended;
    private readonly List<(int Event, long Position)> _acknowledged = [];
    private readonly List<(int Event, long Position)> _trims = [];
    private readonly Dictionary<ulong, long> _flushes = [];
    private readonly SeededRandom _random;
    private ulong _lastToken;

    /// <summary>Begins over a device whose log holds <paramref name="found"/>.</summary>
    public LogCrashRun(
        LogScript script,
        MemoryDevice memory,
        IEnumerable<LogRecordModel> found,
        Func<IBlockDevice, IBlockDevice> mutate,
        int life)
    {
        _script = script;
        _memory = memory;
        _appended = [.. found];
        _random = new SeededRandom((script.Seed * 1000) + (ulong)life);
        Recorder = new RecordingDevice(memory, script.UsesFua);
        _device = mutate(Recorder);
        long end = _appended.Count == 0 ? 0 : _appended[^1].Position + 1;
        _acknowledged.Add((0, end));
        _trims.Add((0, _appended.Count == 0 ? 0 : _appended[0].Position));
    }

    public RecordingDevice Recorder { get; }

    public int Acknowledged => _acknowledged.Count - 1;

    public int Trims => _trims.Count - 1;

    /// <summary>Opens the log, works, closes it.</summary>
    public void Run()
    {
        DeviceLog log = DeviceLog.Open(_device, _script.Options);
        for (int step = 0; step < _script.Steps; step++)
            Step(log);
        Flush(log);
        while (_memory.PendingCount > 0)
            _memory.Pump(_random.NextInt(1, 4));
        Assert.Empty(_flushes);
        log.Dispose();
    }

    /// <summary>Says what is wrong with what a recovery found after a crash at <paramref name="eventCount"/>.</summary>
    public void Check(int eventCount, List<LogRecordModel> found)
    {
        long durable = _acknowledged.Where(mark => mark.Event <= eventCount).Max(mark => mark.Position);
        long start = _trims.Where(mark => mark.Event <= eventCount).Max(mark => mark.Position);
        int first = found.Count == 0 ? 0 : _appended.FindIndex(record => record.Position == found[0].Position);
        Assert.True(first >= 0, "the first record found was never appended");
        for (int index = 0; index < found.Count; index++)
        {
            LogRecordModel expected = _appended[first + index];
            long position = found[index].Position;
            Assert.True(expected.Position == position, $"position {position} follows, not {expected.Position}");
            Assert.True(expected.Bytes.AsSpan().SequenceEqual(found[index].Bytes), $"the record at {expected.Position} differs");
        }

        foreach (LogRecordModel promised in _appended)
        {
            if (promised.Position < start || promised.Position >= durable)
                continue;
            bool isThere = found.Count > 0 && promised.Position >= found[0].Position && promised.Position <= found[^1].Position;
            Assert.True(isThere, $"the acknowledged record at {promised.Position} is lost");
        }
    }

    public void Complete(ulong token, IoResult result)
    {
        Assert.Equal(IoError.None, result.Error);
        if (_flushes.Remove(token, out long position))
            _acknowledged.Add((Recorder.EventCount, position));
    }

    public void Dispose()
    {
        _device.Dispose();
        _pool.Dispose();
    }

    private void Step(DeviceLog log)
    {
        switch (_random.NextInt(20))
        {
            case < 9:
                Append(log);
                break;
            case < 13:
                Flush(log);
                break;
            case < 15:
                Trim(log);
                break;
            default:
                _memory.Pump(_random.NextInt(1, 5));
                break;
        }
    }

    private void Append(DeviceLog log)
    {
        using BufferList list = BufferList.Rent(_pool.Pool);
        // Now and then some blocks that can be written in place, behind a head that cannot.
        int length = _random.NextInt(6) == 0 ? 4096 * _random.NextInt(1, 3) : _random.NextInt(1200);
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        Assert.True(list.TryAppendCopy(bytes));
        IoError error = log.Append(list, out long position);
        Assert.True(error.IsNone || error == IoError.NoSpace, error.ToString());
        if (error.IsNone)
            _appended.Add(new LogRecordModel(position, bytes));
    }

    private void Flush(DeviceLog log)
    {
        ulong token = ++_lastToken;
        _flushes.Add(token, log.End);
        log.Flush(new Submission(this, token));
    }

    private void Trim(DeviceLog log)
    {
        List<LogRecordModel> durable = _appended.FindAll(record => record.Position >= log.Start && record.Position < log.Durable);
        if (durable.Count == 0)
            return;
        long position = durable[_random.NextInt(durable.Count)].Position;
        _trims.Add((Recorder.EventCount, position));
        log.Trim(position, new Submission(this, ++_lastToken));
    }
}
