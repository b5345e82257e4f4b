using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exports that came to nothing, and until when each is not begun again by itself. Source: migrator specification, 5.4
/// (Δ8).</summary>
internal sealed class BackOffs
{
    private readonly Dictionary<(DirFrag Dir, RankId To), (int Failures, long UntilMicros)> _of = [];

    /// <summary>May it begin?</summary>
    public bool IsDue(DirFrag dir, RankId to, long nowMicros) =>
        !_of.TryGetValue((dir, to), out (int Failures, long UntilMicros) known) || nowMicros >= known.UntilMicros;

    /// <summary>It came to nothing.</summary>
    /// <returns>How often in a row; what cannot be remembered counts as often enough.</returns>
    public int Fail(DirFrag dir, RankId to, long nowMicros, MigrationOptions options)
    {
        int failures = _of.GetValueOrDefault((dir, to)).Failures + 1;
        if (failures == 1 && _of.Count >= options.QueueMax)
            return int.MaxValue;
        long wait = Math.Min(options.BackOffMaxMicros, options.BackOffMicros << Math.Min(failures - 1, 20));
        _of[(dir, to)] = (failures, nowMicros + wait);
        return failures;
    }

    /// <summary>It went well, or somebody asks for it anew.</summary>
    public void Forget(DirFrag dir, RankId to) => _of.Remove((dir, to));

    /// <summary>Forgets those of which nothing was heard for the longest wait that there is.</summary>
    public void ForgetOld(long nowMicros, MigrationOptions options)
    {
        foreach (((DirFrag, RankId) key, (int Failures, long UntilMicros) known) in _of)
        {
            if (nowMicros - known.UntilMicros >= options.BackOffMaxMicros)
                _of.Remove(key);
        }
    }
}
