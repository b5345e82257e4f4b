namespace Engine.Simulation;

/// <summary>What one object may do when operations come one after the other.</summary>
/// <typeparam name="TState">Its state; immutable, compared by value.</typeparam>
/// <typeparam name="TOperation">An operation with the result that was seen, if any was.</typeparam>
public interface ISequentialModel<TState, TOperation>
    where TState : IEquatable<TState>
{
    /// <summary>The state before all operations.</summary>
    TState Initial { get; }

    /// <summary>Applies an operation.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="operation">The operation, with its result.</param>
    /// <param name="isKnown">Whether a result was seen; without one, any result that the state allows is fine.</param>
    /// <param name="next">The state after.</param>
    /// <returns>False when the result cannot come from this state.</returns>
    bool TryApply(in TState state, in TOperation operation, bool isKnown, out TState next);
}
