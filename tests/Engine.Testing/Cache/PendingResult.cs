using Engine.Buffers;

namespace Engine.Testing.Cache;

/// <summary>A request that was made of a cache: whether it ended, how, and after how many others.</summary>
public class PendingResult
{
    /// <summary>The request ended.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>How it ended; a cancelled task counts as ECANCELED.</summary>
    public IoError Error { get; private set; }

    /// <summary>Bytes, for requests that count them.</summary>
    public long Bytes { get; private set; }

    /// <summary>A flush found nothing to do.</summary>
    public bool AlreadyClean { get; private set; }

    /// <summary>Position in the order in which the fixture's requests ended, from 1.</summary>
    public int Order { get; private set; }

    /// <summary>Ended without an error.</summary>
    public bool IsOk => IsCompleted && !Error.Failed;

    internal void End(IoError error, long bytes, bool alreadyClean, int order)
    {
        Invariant.That(!IsCompleted, "a request ends once");
        IsCompleted = true;
        Error = error;
        Bytes = bytes;
        AlreadyClean = alreadyClean;
        Order = order;
    }
}
