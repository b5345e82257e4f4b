namespace Engine.Migration;

/// <summary>The state of a migration, and when it came into each.</summary>
/// <typeparam name="TState">States.</typeparam>
internal sealed class PhaseClock<TState>
    where TState : struct, Enum
{
    private readonly List<MigrationPhase> _phases = [];

    /// <summary>Begins in a state.</summary>
    public PhaseClock(TState first, long nowMicros) => Enter(first, nowMicros);

    /// <summary>The state.</summary>
    public TState State { get; private set; }

    /// <summary>When it was entered.</summary>
    public long EnteredAt { get; private set; }

    /// <summary>When what is waited for was asked for last.</summary>
    public long AskedAt { get; set; }

    /// <summary>All states so far.</summary>
    public IReadOnlyList<MigrationPhase> Phases => _phases;

    /// <summary>Comes into a state.</summary>
    public void Enter(TState state, long nowMicros)
    {
        State = state;
        EnteredAt = nowMicros;
        AskedAt = nowMicros;
        _phases.Add(new MigrationPhase(state.ToString(), nowMicros));
    }
}
