using Engine.Cache.ModelTests.Content;

namespace Engine.Cache.ModelTests.Run;

/// <summary>A request under way. Used again.</summary>
internal sealed class OpenRequest(int bytesMax)
{
    /// <summary>What a read's memory holds before the read fills it.</summary>
    public const byte Untouched = 0x77;

    public StepKind Kind { get; set; }

    /// <summary>Time of the model at which it was made.</summary>
    public int Started { get; set; }

    /// <summary>What it is about.</summary>
    public ModelRange[] Ranges { get; set; } = [];

    /// <summary>The cache wrote through when it was made, or came to while it was under way: it may end with its write.</summary>
    public bool MayBeThrough { get; set; }

    /// <summary>The cache writes through as long as it is under way, and the store loses nothing meanwhile.</summary>
    public bool IsThrough { get; set; }

    /// <summary>A purge began while it was under way.</summary>
    public bool MayBePurged { get; set; }

    /// <summary>A write of a set that had failed.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Of a flush: the error of data that was given up before, which it may tell of.</summary>
    public List<IoError> Reports { get; } = [];

    /// <summary>Of a flush: it has such data to tell of.</summary>
    public bool MustReport { get; set; }

    /// <summary>Of a flush: nothing that it is about was dirty or not flushed when it was made.</summary>
    public bool WasClean { get; set; }

    public ValueTask<IoResult> Io { get; private set; }

    public ValueTask<IoError> Done { get; private set; }

    public ValueTask<FlushResult> Flushed { get; private set; }

    public Observation? Observation { get; set; }

    public Mutation? Mutation { get; set; }

    public CancellationTokenSource? Cancellation { get; set; }

    /// <summary>A drop in the cache alone.</summary>
    public bool IsDrop { get; set; }

    /// <summary>The drop's bytes are the store's when it ends; else they may also be zeros.</summary>
    public bool Resolves { get; set; }

    /// <summary>Served in parts: what a cancellation leaves of it is undefined.</summary>
    public bool IsWindowed { get; set; }

    public byte[] Bytes { get; } = new byte[bytesMax];

    public int Length { get; set; }

    public bool IsRead => Kind is StepKind.Read or StepKind.Prefetch;

    public bool IsFlush => Kind is StepKind.Flush or StepKind.FlushAll or StepKind.FlushPart;

    public bool IsCompleted => IsRead ? Io.IsCompleted : IsFlush ? Flushed.IsCompleted : Done.IsCompleted;

    public void Follow(ValueTask<IoResult> task) => Io = task;

    public void Follow(ValueTask<IoError> task) => Done = task;

    public void Follow(ValueTask<FlushResult> task) => Flushed = task;

    public void Clear()
    {
        Io = default;
        Done = default;
        Flushed = default;
        Observation = null;
        Mutation = null;
        Cancellation?.Dispose();
        Cancellation = null;
        IsDrop = false;
        IsWindowed = false;
        Length = 0;
        Ranges = [];
        MayBeThrough = false;
        IsThrough = false;
        MayBePurged = false;
        WasClean = false;
        IsRefused = false;
        MustReport = false;
        Reports.Clear();
        Resolves = false;
    }

    public override string ToString() => $"{Kind} {string.Join("+", Ranges)}";
}
