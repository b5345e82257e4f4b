namespace Engine.Simulation;

/// <summary>Kinds of the toy's messages.</summary>
internal enum ToyMessageKind
{
    /// <summary>Client to server: read a key.</summary>
    Get,

    /// <summary>Server to client: the value, which may be cached for a while.</summary>
    Value,

    /// <summary>Client to server: write a key.</summary>
    Put,

    /// <summary>Server to client: the write is durable.</summary>
    Done,

    /// <summary>Server to client: drop what is cached of the key.</summary>
    Recall,

    /// <summary>Client to server: dropped.</summary>
    Recalled,
}
