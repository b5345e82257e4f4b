namespace Engine.Cache;

/// <summary>A settlement's claim on a block: some covered unit of the block was not issued yet.</summary>
internal struct Cover
{
    public int Block;
    public int NextInBlock;

    /// <summary>Slot of the settlement; a passed generation marks a claim that ended early.</summary>
    public int Settlement;

    public uint Generation;

    public bool Fua;

    /// <summary>The part of the block that the settlement waits for.</summary>
    public ushort Start;

    public ushort End;
}
