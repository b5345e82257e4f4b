namespace Engine.Cache.Tests.Eviction;

/// <summary>S3-FIFO as its paper tells it, over keys; queues have the newest at the end.</summary>
internal sealed class S3FifoModel(int blocks) : IPolicyModel
{
    private readonly List<long> _small = [];
    private readonly List<long> _main = [];
    private readonly List<long?> _ghosts = [];
    private readonly Dictionary<long, int> _uses = [];
    private readonly HashSet<long> _ofMain = [];
    private readonly HashSet<long> _known = [];

    /// <summary>Keys that went to the main queue because they came again soon.</summary>
    public int GhostHits { get; private set; }

    /// <summary>Keys that an eviction spared for their uses, at one of the two queues' ends.</summary>
    public int Spared { get; private set; }

    public void Enter(long key)
    {
        if (_known.Add(key) && _ghosts.IndexOf(key) is var ghost and >= 0)
        {
            _ghosts[ghost] = null;
            _ofMain.Add(key);
            GhostHits++;
        }

        (_ofMain.Contains(key) ? _main : _small).Add(key);
    }

    public void Leave(long key) => (_ofMain.Contains(key) ? _main : _small).Remove(key);

    public void Touch(long key) => _uses[key] = Math.Min(3, _uses.GetValueOrDefault(key) + 1);

    public long? Evict()
    {
        for (int spared = 0; ; spared++)
        {
            if (_small.Count >= Math.Max(2, blocks / 10) || _main.Count == 0)
            {
                if (_small.Count == 0)
                    return null;
                long key = Dequeue(_small);
                if (_uses.GetValueOrDefault(key) < 2 || spared >= S3FifoPolicy.SparesMax)
                {
                    AddGhost(key);
                    return key;
                }

                _uses[key] = 0;
                _ofMain.Add(key);
                _main.Add(key);
            }
            else
            {
                long key = Dequeue(_main);
                if (_uses.GetValueOrDefault(key) == 0 || spared >= S3FifoPolicy.SparesMax)
                    return key;
                _uses[key]--;
                _main.Add(key);
            }

            Spared++;
        }
    }

    public void Forget(long key)
    {
        _uses.Remove(key);
        _ofMain.Remove(key);
        _known.Remove(key);
    }

    private void AddGhost(long key)
    {
        int older = _ghosts.IndexOf(key);
        if (older >= 0)
            _ghosts[older] = null;
        _ghosts.Add(key);
        if (_ghosts.Count > blocks)
            _ghosts.RemoveAt(0);
    }

    private static long Dequeue(List<long> queue)
    {
        long key = queue[0];
        queue.RemoveAt(0);
        return key;
    }
}
