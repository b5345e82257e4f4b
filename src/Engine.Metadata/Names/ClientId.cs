namespace Engine.Metadata;

/// <summary>Number of a client, given by whoever lets it in. Source: migrator specification, 1.1.</summary>
public readonly record struct ClientId(long Value) : IComparable<ClientId>
{
    /// <inheritdoc/>
    public int CompareTo(ClientId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => $"client {Value}";
}
