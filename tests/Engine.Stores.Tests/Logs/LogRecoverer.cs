using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Testing.Devices;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests.Logs;

/// <summary>Opens the log of a crash state, twice, and reads it.</summary>
internal sealed class LogRecoverer : IDisposable
{
    private readonly MemoryDevice _scratch = new(LogScript.Capacity, 512, CompletionMode.Manual);
    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockBytes = 64 << 10, BlockCount = 8, HugePages = false });
    private readonly LogBatch _batch;

    public LogRecoverer() => _batch = new LogBatch(_pool, 128 << 10);

    public List<LogRecordModel> Recover(CrashState state)
    {
        state.CopyTo(_scratch);
        List<LogRecordModel> once = Open();
        List<LogRecordModel> twice = Open();
        Assert.Equal(once.Count, twice.Count);
        for (int index = 0; index < once.Count; index++)
        {
            Assert.Equal(once[index].Position, twice[index].Position);
            Assert.True(once[index].Bytes.AsSpan().SequenceEqual(twice[index].Bytes));
        }

        return once;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _pool.Dispose();
        _scratch.Dispose();
    }

    private List<LogRecordModel> Open()
    {
        var records = new List<LogRecordModel>();
        using DeviceLog log = DeviceLog.Open(new PromptReadDevice(_scratch));
        var completions = new CompletionLog();
        for (long position = log.Start; position < log.End; position = _batch.Next)
        {
            Submission submission = completions.Begin();
            log.Read(position, _batch, submission);
            Assert.Equal(IoError.None, completions.Wait(submission).Error);
            Assert.True(_batch.Count > 0, "the log ends before its end");
            for (int index = 0; index < _batch.Count; index++)
            {
                (long at, int offset, int length) = _batch[index];
                byte[] bytes = new byte[length];
                _batch.Payload.CopyTo(offset, bytes);
                records.Add(new LogRecordModel(at, bytes));
            }
        }

        return records;
    }
}
