using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;

namespace Engine.Migration.Tests;

/// <summary>What becomes of messages between ranks in a run of the kill matrix.</summary>
internal sealed class MatrixChannels(
    ClusterHarness cluster, MessageModel model, SeededRandom random, (int From, int To, int Third) ranks)
{
    private const int ResetWithin = 24;
    private const int DelayedMicros = 400_000;
    private const int ResentMicros = 1_100_000;

    private readonly Dictionary<(int From, int To), (Message Message, long Due)> _heads = [];
    private bool _isOn;
    private int _resetAt = -1;

    /// <summary>From here on it is as the model has it.</summary>
    public void Begin()
    {
        _isOn = true;
        cluster.Holds = Holds;
        PlanReset();
    }

    /// <summary>A recovery begins: what was to end before it does so now, and something ends within it.</summary>
    public void Recover()
    {
        if (_resetAt >= 0)
            ResetNow();
        PlanReset();
    }

    /// <summary>From here on every message arrives at once.</summary>
    public void End()
    {
        if (_resetAt >= 0)
            ResetNow();
        _isOn = false;
        cluster.Holds = null;
    }

    /// <summary>Ends a channel if that is due.</summary>
    public bool TryReset()
    {
        bool isDue = IsResetDue;
        if (isDue)
            ResetNow();
        return isDue;
    }

    private bool IsResetDue => _resetAt >= 0 && cluster.Delivered.Count >= _resetAt;

    private void PlanReset() =>
        _resetAt = model == MessageModel.Reset ? cluster.Delivered.Count + random.NextInt(ResetWithin) : -1;

    private void ResetNow()
    {
        _resetAt = -1;
        (int first, int second) = random.NextInt(4) switch
        {
            0 => (ranks.From, ranks.Third),
            1 => (ranks.To, ranks.Third),
            _ => (ranks.From, ranks.To),
        };
        cluster.Reset(first, second);
    }

    private bool Holds(int from, int to, Message message)
    {
        if (!_isOn || model == MessageModel.InOrder)
            return false;
        if (model == MessageModel.Reset)
            return IsResetDue;
        long now = Enumerable.Range(0, cluster.Count).Max(rank => cluster[rank].NowMicros);
        if (!_heads.TryGetValue((from, to), out (Message Message, long Due) head) || head.Message != message)
        {
            int micros = model == MessageModel.Delayed
                ? random.NextInt(DelayedMicros) : ResentMicros + random.NextInt(DelayedMicros);
            head = (message, now + micros);
            _heads[(from, to)] = head;
        }

        return now < head.Due;
    }
}
