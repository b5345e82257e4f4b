using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>Popularity of an inode or a dirfrag: one decaying count for each <see cref="LoadKind"/>. Source: migrator
/// specification, 1.13.</summary>
public struct LoadVector
{
    private const int KindCount = (int)LoadKind.Store + 1;

    private Counters _counters;

    /// <summary>Counts something of a kind.</summary>
    public void Hit(LoadKind kind, long nowMicros, DecayRate rate, double amount = 1) =>
        _counters[(int)kind].Hit(nowMicros, rate, amount);

    /// <summary>The count of a kind now.</summary>
    public double Read(LoadKind kind, long nowMicros, DecayRate rate) => _counters[(int)kind].Read(nowMicros, rate);

    /// <summary>The counts in one number: reads and listings weigh 1, writes and fetches 2, stores 4.</summary>
    public double MetaLoad(long nowMicros, DecayRate rate) =>
        Read(LoadKind.Read, nowMicros, rate)
        + (2 * Read(LoadKind.Write, nowMicros, rate))
        + Read(LoadKind.Readdir, nowMicros, rate)
        + (2 * Read(LoadKind.Fetch, nowMicros, rate))
        + (4 * Read(LoadKind.Store, nowMicros, rate));

    /// <summary>Adds another vector's counts, as a subtree arrives.</summary>
    public void Add(ref LoadVector other, long nowMicros, DecayRate rate) => Combine(ref other, 1, nowMicros, rate);

    /// <summary>Takes another vector's counts off, as a subtree leaves; what rounding leaves below 0 is 0.</summary>
    public void Subtract(ref LoadVector other, long nowMicros, DecayRate rate) => Combine(ref other, -1, nowMicros, rate);

    /// <summary>Forgets everything.</summary>
    public void Clear() => this = default;

    private void Combine(ref LoadVector other, double sign, long nowMicros, DecayRate rate)
    {
        for (int i = 0; i < KindCount; i++)
        {
            double amount = sign * other._counters[i].Read(nowMicros, rate);
            _counters[i].Hit(nowMicros, rate, Math.Max(amount, -_counters[i].Read(nowMicros, rate)));
        }
    }

    [InlineArray(KindCount)]
    private struct Counters
    {
        private DecayCounter _first;
    }
}
