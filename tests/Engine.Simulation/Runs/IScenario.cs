namespace Engine.Simulation;

/// <summary>What a run simulates: the processes, what clients do, and when they are done. Made anew for each run.</summary>
public interface IScenario : IDisposable
{
    /// <summary>Options of the world that the scenario insists on; the runner has filled in the seed and the trace.</summary>
    SimWorldOptions Adjust(SimWorldOptions options, RunSpec spec);

    /// <summary>Adds processes and watchers. Clients draw operation i from a generator of its own and leave out those that the
    /// filter does not include, so that a run can be shrunk.</summary>
    void Build(SimWorld world, RunSpec spec);

    /// <summary>What faults may strike in a run of <see cref="RunSpec.Steps"/> steps.</summary>
    FaultPlanOptions FaultsOf(SimWorld world, RunSpec spec);

    /// <summary>Operations that clients have begun.</summary>
    long OperationCount { get; }

    /// <summary>One more than the highest number of an operation that was begun.</summary>
    long OperationsEnd { get; }

    /// <summary>Every operation has been begun and has ended.</summary>
    bool IsDone { get; }

    /// <summary>Nothing that was begun is still under way. Asked while the world settles.</summary>
    bool IsQuiescent { get; }

    /// <summary>Tells those to stop that can be told, once a run has come to rest; where there is nobody,
    /// <see cref="HasEnded"/> is true.</summary>
    void End();

    /// <summary>Who was told to stop has.</summary>
    bool HasEnded { get; }

    /// <summary>What is still under way, for the report of a run that does not settle.</summary>
    string DescribePending();
}
