namespace Engine.Stores;

/// <summary>How a <see cref="FileStore"/> runs.</summary>
public sealed record FileStoreOptions
{
    /// <summary>The life of the writer, higher than any that opened the store before; null takes the next one.</summary>
    public ulong? Incarnation { get; init; }

    /// <summary>Names one of several writers that share the store, each with objects and lives of its own: letters, digits and
    /// hyphens; null for the only one.</summary>
    public string? Writer { get; init; }

    /// <summary>Looks without taking the store over; every change ends with EROFS.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Threads that do the operations; 1 to 64.</summary>
    public int Threads { get; init; } = 8;

    /// <summary>Most operations that wait or run; one more ends with EAGAIN.</summary>
    public int OperationsMax { get; init; } = 4096;

    /// <summary>Largest object in bytes; more ends with EFBIG.</summary>
    public int ObjectBytesMax { get; init; } = 256 << 20;
}
