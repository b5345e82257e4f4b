using System.IO.Pipelines;

namespace Engine.Testing.Cache;

/// <summary>Background work whose turns a test gives one by one.</summary>
public sealed class ManualTurns : PipeScheduler
{
    private readonly Queue<(Action<object?> Action, object? State)> _turns = new();

    public int Count => _turns.Count;

    public override void Schedule(Action<object?> action, object? state) => _turns.Enqueue((action, state));

    public void RunNext()
    {
        (Action<object?> action, object? state) = _turns.Dequeue();
        action(state);
    }
}
