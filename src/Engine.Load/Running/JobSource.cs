using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// The requests of one thread of a job. Random offsets are drawn with replacement, each block of the range equally likely;
/// sequential threads of one job begin at equal distances in the range and wrap at its end, so that they do not write the same
/// block at once.
/// </summary>
internal sealed class JobSource : IRequestSource
{
    private readonly Lock _lock = new();
    private readonly JobDescription _job;
    private readonly SeededRandom _random;
    private readonly long _blocks;
    private long _nextBlock;
    private long _requestsLeft;
    private int _writesSinceFlush;

    public JobSource(JobDescription job, int thread, long volumeBytes)
    {
        Invariant.That(job.ProblemOn(volumeBytes) is null);
        _job = job;
        _random = new SeededRandom(job.Seed + (0x9E3779B97F4A7C15 * (ulong)thread));
        long range = job.Size != 0 ? job.Size : volumeBytes - job.Offset;
        _blocks = range / job.BlockSize;
        _nextBlock = _blocks / job.Threads * thread;
        _requestsLeft = job.TimeBased ? long.MaxValue : _blocks;
    }

    public int LengthMax => _job.BlockSize;

    public bool CanRedraw => true;

    public bool TryNext(out LoadRequest request)
    {
        // Blocking jobs have one lane: the lock is then free of contention and costs about 10 ns.
        lock (_lock)
        {
            request = default;
            if (_job.FlushEvery > 0 && _writesSinceFlush >= _job.FlushEvery)
            {
                _writesSinceFlush = 0;
                request = new LoadRequest(LoadOperation.Flush, 0, 0);
                return true;
            }

            if (_requestsLeft == 0)
                return false;
            _requestsLeft--;
            bool isRead = _job.EffectiveReadPercent switch
            {
                100 => true,
                0 => false,
                int percent => _random.NextInt(100) < percent,
            };
            if (!isRead)
                _writesSinceFlush++;
            request = new LoadRequest(isRead ? LoadOperation.Read : LoadOperation.Write, NextOffsetLocked(), _job.BlockSize);
            return true;
        }
    }

    public void Redraw(ref LoadRequest request)
    {
        lock (_lock)
            request = request with { Offset = NextOffsetLocked() };
    }

    private long NextOffsetLocked()
    {
        long block = _job.IsRandom ? _random.NextLong(_blocks) : _nextBlock++;
        if (_nextBlock >= _blocks)
            _nextBlock = 0;
        return _job.Offset + (block * _job.BlockSize);
    }
}
