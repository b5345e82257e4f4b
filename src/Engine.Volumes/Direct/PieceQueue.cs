using System.Diagnostics.CodeAnalysis;

namespace Engine.Volumes;

/// <summary>
/// Pieces that may go on. Whoever made them ready runs the queue after it has let go of its locks; a thread that already runs it
/// does not run it again from within, so that a chain of waiting pieces costs no stack.
/// </summary>
internal sealed class PieceQueue
{
    [ThreadStatic]
    private static PieceQueue? t_running;

    private readonly Lock _gate = new();
    private readonly Queue<PieceEvent> _events = new();
    private int _count;

    public void Add(PieceEvent item)
    {
        lock (_gate)
        {
            _events.Enqueue(item);
            _count++;
        }
    }

    /// <summary>Lets every ready piece go on, on this thread.</summary>
    public void Run()
    {
        if (Volatile.Read(ref _count) == 0 || t_running == this)
            return;
        RunCore();
    }

    private void RunCore()
    {
        PieceQueue? outer = t_running;
        t_running = this;
        try
        {
            while (TryTake(out PieceEvent? item))
                item.Value.Piece.Request.Resume(item.Value);
        }
        finally
        {
            t_running = outer;
        }
    }

    private bool TryTake([NotNullWhen(true)] out PieceEvent? item)
    {
        lock (_gate)
        {
            item = _count > 0 ? _events.Dequeue() : null;
            if (item is not null)
                _count--;
            return item is not null;
        }
    }
}
