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

    /// <summary>A newer write replaced these bytes before they were issued: they are not the settlement's to drop, should
    /// their write fail.</summary>
    public bool Superseded;

    /// <summary>The part of the block that the settlement waits for.</summary>
    public ushort Start;

    public ushort End;
}
