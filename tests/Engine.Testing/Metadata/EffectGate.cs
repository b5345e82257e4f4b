namespace Engine.Testing.Metadata;

/// <summary>Counts what a rank does to its world, and cuts it off after so many effects: what it does then reaches nothing, and
/// it hears of nothing, until the test ends that life.</summary>
public sealed class EffectGate
{
    private long _left = long.MaxValue;

    /// <summary>Effects that passed since the last <see cref="Open"/>.</summary>
    public long Passed { get; private set; }

    /// <summary>Nothing passes any more.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Lets so many effects pass from now on.</summary>
    public void Open(long effects = long.MaxValue)
    {
        _left = effects;
        Passed = 0;
        IsCut = false;
    }

    /// <summary>One effect: false when it must not happen.</summary>
    public bool TryPass()
    {
        if (Passed >= _left)
            IsCut = true;
        if (!IsCut)
            Passed++;
        return !IsCut;
    }
}
