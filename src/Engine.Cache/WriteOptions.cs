namespace Engine.Cache;

/// <summary>Attributes of one write.</summary>
public readonly record struct WriteOptions
{
    /// <summary>Complete only when the bytes are durable.</summary>
    public bool Fua { get; init; }

    /// <summary>Modification time that the store is given.</summary>
    public DateTimeOffset ModifiedAt { get; init; }
}
