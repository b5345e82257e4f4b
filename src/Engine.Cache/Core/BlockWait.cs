namespace Engine.Cache;

/// <summary>A read's claim on the part <c>[Start, End)</c> of a block: keeps the block until the read ends.</summary>
internal struct BlockWait
{
    public int Block;
    public int NextInBlock;

    /// <summary>Index of the request in the core's table.</summary>
    public int Request;

    public int NextInRequest;
    public ushort Start;
    public ushort End;

    /// <summary>All units are readable.</summary>
    public bool Satisfied;

    /// <summary>A read that this wait stood for failed; the request ends with an error.</summary>
    public bool Failed;
}
