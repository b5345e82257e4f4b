using System.Globalization;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One life of a rank as the simulation drives it; a planted bug changes the messages on their way in and out.</summary>
internal sealed class RankActor : ISimActor
{
    /// <summary>Of no regular check.</summary>
    private const int MiscountedStep = 1001;

    private readonly RankTap _tap;
    private readonly RankBug _bug;
    private readonly SimEnvironment _life;
    private Dir? _miscounted;
    private long _steps;

    public RankActor(SimEnvironment life, RankOptions options, RankBug bug = RankBug.None)
    {
        _tap = new RankTap(life, bug);
        _bug = bug;
        _life = life;
        Rank = new Rank(options with { Incarnation = life.Incarnation }, _tap);
        Audit = new StepAudit(Rank);
    }

    public Rank Rank { get; }

    /// <summary>Requests that came, and were not answered for good yet.</summary>
    public long Unanswered => _tap.Unanswered;

    /// <summary>Inodes that messages of the last step named.</summary>
    public IReadOnlyList<Ino> Touched => _tap.Touched;

    /// <summary>Checks what each step changed.</summary>
    public StepAudit Audit { get; }

    public bool HasStopped => Rank.State == RankState.Failed;

    public void Start() => Rank.Start();

    public void Step(in RankEvent item)
    {
        RightSum();
        foreach (RankEvent taken in _tap.Take(item))
            Rank.Step(taken);
        if (_bug == RankBug.MiscountsForAStep && Rank.State == RankState.Active && ++_steps == MiscountedStep)
            MisstateSum();
    }

    public void Dispose()
    {
        if (!_life.Process.World.IsOver)
        {
            _life.Process.World.Count(Met.AnswersCut, Math.Max(0, Unanswered));
            _life.Process.World.Count(Met.DivisionsCut, Rank.FragmentationsUnderWay);
            (long splits, long merges, _) = Rank.Fragmentations;
            _life.Process.World.Count(Met.DivisionsRead, splits + merges);
        }

        Rank.Dispose();
    }

    /// <summary>A directory counts a file too many, and is right again before anything reads that.</summary>
    private void MisstateSum()
    {
        _miscounted = Rank.Cache.Dirs.FirstOrDefault(dir => dir is { IsComplete: true, IsAuth: true, Count: > 0 });
        if (_miscounted is { } dir)
            Rank.Cache.Write(dir).Stat.Files++;
    }

    private void RightSum()
    {
        if (_miscounted is { } dir)
            Rank.Cache.Write(dir).Stat.Files--;
        _miscounted = null;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"the rank is {Rank.State}, {Rank.Cache.Pool.BytesUsed} bytes of {Rank.Cache.Pool.BytesMax} in use, "
        + $"{Rank.Cache.DirtyDirCount} dirfrags dirty, the store {Rank.StoreError.Name}, {Rank.Damage.Count} damaged");
}
