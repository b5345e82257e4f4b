using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>What goes on when a wait is over. It waits on at most one object, or stands in the ready queue, at a time. A woken
/// one looks at the world again: what it waited for may have come and gone.</summary>
public abstract class Continuation
{
    /// <summary>Neighbours in a <see cref="WaiterList"/>, or the next in the <see cref="ReadyQueue"/>.</summary>
    internal Continuation? Previous;
    internal Continuation? Next;

    /// <summary>The list it waits in.</summary>
    internal WaiterList? List;
    internal WaitMask Mask;
    internal ulong Key;

    /// <summary>Outcome, while it stands in the ready queue.</summary>
    internal IoError Outcome;
    internal bool IsReady;

    /// <summary>Does it wait for something, or to be run?</summary>
    public bool IsPending => List != null || IsReady;

    /// <summary>Whose order matters; the default for none's.</summary>
    public virtual ClientId Client => default;

    /// <summary>Does another rank wait for it? Something there may wait in its turn for what is held here.</summary>
    public virtual bool IsForPeer => false;

    /// <summary>Goes on. Called from the ready queue only, never from within a wake-up.</summary>
    /// <param name="error">Set when what was waited for will not come.</param>
    public abstract void Run(IoError error);
}
